import { randomBytes } from 'node:crypto'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { look } from '../site.ts'
import { docker, run } from './shell.ts'

/** Milliseconds between the switch to a new copy and the old one's SIGTERM; Render waits about a minute. */
const FAREWELL = 1_000
/** Milliseconds that a copy may take until its health check path answers; Render gives it 15 minutes. */
const PATIENCE = 20_000

interface Copy {
  container: string
  port: number
  agent: http.Agent
}

interface Deploy {
  id: string
  status: string
  image: { ref: string }
  createdAt: string
  finishedAt?: string
}

/**
 * What Render does with an image-backed service, on this machine: a deploy hook with imgURL, a REST interface to follow a
 * deploy, pull, start the new copy, switch when its health check path answers, then stop the old one. A newer deploy cancels
 * one that is under way.
 */
export class RenderStandIn {
  readonly key = randomBytes(12).toString('hex')
  readonly apiKey = `rnd_${randomBytes(12).toString('hex')}`
  readonly deploys: Deploy[] = []
  /** Answers that the hook gives before it works again. */
  hookAnswers: number[] = []
  /** Milliseconds that pulling an image takes longer than on the loopback. */
  slowPull = 0

  /** The site as visitors reach it, and as the deployer does: the second way can be cut. */
  siteUrl = ''
  deployerUrl = ''
  cut = false
  control = ''

  #image: string
  #runArgs: string[]
  #live?: Copy
  #newest?: Deploy
  #servers: http.Server[] = []
  #work = new Set<Promise<void>>()

  constructor(image: string, runArgs: string[]) {
    this.#image = image
    this.#runArgs = runArgs
  }

  get hook() {
    return `${this.control}/deploy/srv-rehearsal?key=${this.key}`
  }

  get container() {
    return this.#live?.container
  }

  async start() {
    this.siteUrl = await this.#listen((request, response) => this.#forward(request, response))
    this.deployerUrl = await this.#listen((request, response) => {
      if (this.cut) request.socket.destroy()
      else this.#forward(request, response)
    })
    this.control = await this.#listen((request, response) => this.#answer(request, response))
  }

  async stop() {
    for (const server of this.#servers) {
      server.close()
      server.closeAllConnections()
    }
    await Promise.allSettled(this.#work)
  }

  /** Waits until old copies are gone and no deploy is under way. */
  async settle() {
    while (this.#work.size) await Promise.allSettled(this.#work)
  }

  #listen(listener: http.RequestListener): Promise<string> {
    const server = http.createServer({ keepAliveTimeout: 60_000 }, listener)
    this.#servers.push(server)
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      )
    })
  }

  #forward(request: IncomingMessage, response: ServerResponse) {
    if (!this.#live) return void response.writeHead(502).end()
    const { port, agent } = this.#live
    const headers = {
      ...request.headers,
      'x-forwarded-for': request.socket.remoteAddress,
      'x-forwarded-proto': 'http',
    }
    const upstream = http.request({
      port,
      host: '127.0.0.1',
      method: request.method,
      path: request.url,
      headers,
      agent,
    })
    upstream.on('response', (answer) => {
      const { connection, ...headersOfBoth } = answer.headers
      response.writeHead(answer.statusCode!, headersOfBoth)
      answer.pipe(response)
    })
    upstream.on('error', () =>
      response.headersSent ? response.destroy() : response.writeHead(502).end()
    )
    request.pipe(upstream)
  }

  #answer(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url!, this.control)
    const answer = (status: number, body: unknown = {}) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))

    if (url.pathname.startsWith('/v1/services/srv-rehearsal/deploys')) {
      if (request.headers.authorization !== `Bearer ${this.apiKey}`) return answer(401)
      const id = url.pathname.split('/')[5]
      if (!id)
        return answer(
          200,
          this.deploys.slice(0, 5).map((deploy) => ({ deploy, cursor: deploy.id }))
        )
      const deploy = this.deploys.find((one) => one.id === id)
      return deploy ? answer(200, deploy) : answer(404)
    }
    if (url.pathname !== '/deploy/srv-rehearsal' || url.searchParams.get('key') !== this.key)
      return answer(404)
    const trouble = this.hookAnswers.shift()
    if (trouble) return answer(trouble, { message: `no deploy by key ${this.key}` })
    const image = url.searchParams.get('imgURL') ?? ''
    if (image.replace(/[:@][\w.:-]+$/, '') !== this.#image) return answer(400)

    const deploy = {
      id: `dep-${randomBytes(8).toString('hex')}`,
      status: 'created',
      image: { ref: image },
      createdAt: new Date().toISOString(),
    }
    this.deploys.unshift(deploy)
    this.#track(this.#deploy(deploy))
    answer(200, { deploy: { id: deploy.id } })
  }

  #track(work: Promise<void>) {
    this.#work.add(work)
    work.finally(() => this.#work.delete(work))
  }

  async #deploy(deploy: Deploy) {
    const former = this.#newest
    if (former && former.status.endsWith('_in_progress')) former.status = 'canceled'
    this.#newest = deploy
    const canceled = () => deploy.status === 'canceled'
    const finish = (status: string) => {
      if (canceled()) return
      deploy.status = status
      deploy.finishedAt = new Date().toISOString()
    }

    deploy.status = 'update_in_progress'
    await sleep(this.slowPull)
    const { exit } = await run('docker', ['pull', '--quiet', deploy.image.ref])
    if (exit !== 0) return finish('build_failed')
    if (canceled()) return

    const container = await docker(
      'run',
      '--detach',
      '--publish',
      '127.0.0.1::8000',
      ...this.#runArgs,
      deploy.image.ref
    )
    const copy = await this.#healthy(container, canceled)
    if (!copy || canceled()) {
      await docker('rm', '--force', '--volumes', container)
      return finish('update_failed')
    }
    const old = this.#live
    this.#live = copy
    for (const other of this.deploys) if (other.status === 'live') other.status = 'deactivated'
    finish('live')
    if (old) this.#track(this.#sayFarewell(old))
  }

  async #healthy(container: string, canceled: () => boolean): Promise<Copy | undefined> {
    const deadline = performance.now() + PATIENCE
    while (performance.now() < deadline && !canceled()) {
      const { output } = await run('docker', ['port', container, '8000/tcp'])
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(output)?.[1])
      if (!port) return
      const sight = await look(`http://127.0.0.1:${port}`)
      if (sight.kind === 'ready')
        return { container, port, agent: new http.Agent({ keepAlive: true }) }
      await sleep(200)
    }
  }

  async #sayFarewell({ container, agent }: Copy) {
    await sleep(FAREWELL)
    await docker('stop', '--time', '30', container)
    await docker('rm', '--volumes', container)
    agent.destroy()
  }
}
