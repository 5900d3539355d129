import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

const PAGES = ['/', '/lettings', '/lettings/1', '/profiles']
const VISITORS = 8
/** Milliseconds that a visitor rests between two requests. */
const REST = 12
const TIMEOUT = 10_000

interface Answer {
  status: number
  type: string
  body: string
}

/**
 * Steady visitors: each opens a page and then the assets that it names, wherever they come from by then. Every other one
 * keeps its connection, the rest open a new one for each request.
 */
export class Traffic {
  requests = 0
  /** How many of them were for what pages name. */
  assets = 0
  failed = 0
  /** The first failures, in words. */
  failures: string[] = []

  #stopped = false
  #visitors: Promise<void>[] = []
  #get: typeof http.get
  #agent: http.Agent
  #siteUrl: string

  constructor(siteUrl: string) {
    const { get, Agent } = siteUrl.startsWith('https:') ? https : http
    this.#get = get
    this.#agent = new Agent({ keepAlive: true })
    this.#siteUrl = siteUrl
  }

  /** Lets the visitors in, if they are not there yet. */
  begin() {
    for (let i = this.#visitors.length; i < VISITORS; i++) this.#visitors.push(this.#visit(i))
  }

  /** Returns once so many requests have been answered since then. */
  async reaches(requests: number) {
    while (this.requests < requests) await sleep(50)
  }

  async stop() {
    this.#stopped = true
    await Promise.all(this.#visitors)
    this.#agent.destroy()
  }

  async #visit(visitor: number) {
    const agent = visitor % 2 ? this.#agent : false
    for (let i = visitor; !this.#stopped; i++) {
      const page = await this.#request(PAGES[i % PAGES.length], agent, isPage)
      const assets = page?.body.match(/(?<=(?:href|src)=")\/assets\/[^"]+/g) ?? []
      for (const asset of assets) {
        await this.#request(asset, agent, isAsset)
        this.assets++
      }
    }
  }

  async #request(path: string, agent: http.Agent | false, check: (answer: Answer) => unknown) {
    await sleep(REST)
    let answer: Answer | undefined
    let trouble: string | undefined
    try {
      answer = await this.#fetch(path, agent)
      if (answer.status !== 200) trouble = `HTTP ${answer.status}`
      else if (!check(answer)) trouble = `HTTP 200 with ${answer.type}: ${answer.body.slice(0, 80)}`
    } catch (error: any) {
      trouble = error.code ?? error.name
    }
    this.requests++
    if (!trouble) return answer
    this.failed++
    if (this.failures.length < 5)
      this.failures.push(`${new Date().toISOString()} ${path}: ${trouble}`)
  }

  #fetch(path: string, agent: http.Agent | false): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = { agent, signal: AbortSignal.timeout(TIMEOUT) }
      const request = this.#get(this.#siteUrl + path, options, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk) => (body += chunk))
        response.on('error', reject)
        response.on('end', () => {
          const length = response.headers['content-length']
          if (length && Buffer.byteLength(body) !== Number(length))
            return reject(new Error('cut short'))
          resolve({
            status: response.statusCode!,
            type: response.headers['content-type'] ?? '',
            body,
          })
        })
      })
      request.on('error', reject)
    })
  }
}

const isPage = ({ type, body }: Answer) =>
  type.startsWith('text/html') && /<title>.+<\/title>/.test(body) && /<\/html>\s*$/.test(body)
const isAsset = ({ type, body }: Answer) => /^text\/(css|javascript)/.test(type) && body.length > 0
