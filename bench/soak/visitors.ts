import { Agent } from 'node:http'
import { demoProfile } from '../../database/demo.ts'
import { ask, browser, type Answer } from '../client.ts'
import { searches } from '../queries.ts'

/** Requests that are under way at once at most. */
export const AT_ONCE = 512
/** Milliseconds after which any copy must show what was written, and those that a timer may be late by on a loaded machine. */
const [STALE, SLACK] = [1_000, 500]

interface Page {
  path: string
  headers: Record<string, string>
  status: number
  /** Says what is wrong with an answer to a request that was sent then, if anything is. */
  flaw(answer: Answer, sent: number): string | undefined
}

const plain = { ...browser, 'Accept-Encoding': 'identity' }

/** Visitors of two copies who know what they must see. */
export class Visitors {
  answered = 0
  /** Answers of 503 while the database was down. */
  unavailable = 0
  /** Requests that one copy could not take while it was killed, so that the other got them. */
  retried = 0
  /** Requests that were due and not sent, for too many were under way. */
  held = 0
  /** Milliseconds for which the longest shown of the overwritten titles had been overwritten. */
  oldest = 0
  /** What each request took, from when it was due; emptied by who reads it. */
  times: number[] = []
  /** What must not have happened: the time at which it first did, and how often. */
  wrongs = new Map<string, { first: string; count: number }>()

  #urls: string[]
  #isAway: (what: 'database' | 'copy', from: number, to: number) => boolean
  #known: Page[] = []
  #searches = searches(20_000)
  // as a proxy does it, lets go of what is idle long before the site does: who is late would send a request into a closing socket
  #agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 30_000 })
  #turn = 0
  #underWay = 0
  #changing?: Page

  constructor(
    urls: string[],
    isAway: (what: 'database' | 'copy', from: number, to: number) => boolean
  ) {
    this.#urls = urls
    this.#isAway = isAway
  }

  wrong(what: string) {
    const first = new Date().toISOString().slice(11, 19)
    const known = this.wrongs.get(what) ?? { first, count: 0 }
    this.wrongs.set(what, { ...known, count: known.count + 1 })
  }

  /** Gets to know pages by every byte, but those that have `mark` in them: they change. */
  async look(mark: string) {
    const [one, other] = this.#urls
    const home = await ask(one)
    const assets = String(home.body).match(/(?<=(?:href|src)=")\/assets\/[^"]+/g) ?? []
    const paths = ['/', '/lettings', '/profiles', '/no/such/page', '/robots.txt', ...assets]
    for (let i = 1; i <= 60; i++)
      paths.push(`/lettings/${i * 7}`, `/profiles/${demoProfile(i).username}`)
    for (const path of paths) {
      const { body: text } = await ask(one + path)
      if (text.includes(mark)) continue
      for (const encoding of ['zstd', 'br', 'gzip', 'identity']) {
        const headers = { ...browser, 'Accept-Encoding': encoding }
        const { status, body, headers: given } = await ask(other + path, { headers })
        const flaw = (answer: Answer) =>
          answer.body.equals(body) && answer.headers.etag === given.etag
            ? undefined
            : 'another body or ETag'
        this.#known.push({ path, headers, status, flaw })
        if (!given.etag) continue
        this.#known.push({
          path,
          headers: { ...headers, 'If-None-Match': given.etag },
          status: 304,
          flaw: (answer) => (answer.body.length ? 'a 304 with a body' : undefined),
        })
      }
    }
    return this.#known.length
  }

  /** Watches a page that shows the number of the last write; `writes` has their times. */
  watch(path: string, shown: RegExp, writes: number[]) {
    const flaw = ({ body }: Answer, sent: number) => {
      const number = Number(shown.exec(String(body))?.[1] ?? -1)
      const age = number + 1 < writes.length ? sent - writes[number + 1] : 0
      this.oldest = Math.max(this.oldest, age)
      return age > STALE + SLACK
        ? `shown ${Math.round(age / 500) / 2} s after it was overwritten`
        : undefined
    }
    this.#changing = { path, headers: plain, status: 200, flaw }
  }

  /** One request, judged by what it must get. */
  async visit(due = performance.now()) {
    if (this.#underWay >= AT_ONCE) return void this.held++
    this.#underWay++
    const page = this.#page()
    const sent = performance.now()
    try {
      const answer = await this.#fromEither(page, sent)
      this.answered++
      this.times.push(performance.now() - due)
      if (answer.status === 503 && this.#isAway('database', sent, performance.now()))
        this.unavailable++
      else if (answer.status !== page.status)
        this.wrong(`${answer.status} instead of ${page.status}`)
      else {
        const flaw = page.flaw(answer, sent)
        if (flaw) this.wrong(flaw)
      }
    } catch (error: any) {
      this.wrong(`both copies: ${error.code ?? error.message}`)
    } finally {
      this.#underWay--
    }
  }

  /** Requests a second if 32 visitors ask again as soon as they have their answer. */
  async top(seconds: number) {
    const again = async (end: number) => {
      while (performance.now() < end) await this.visit()
    }
    const [begin, before] = [performance.now(), this.answered]
    await Promise.all(Array.from({ length: 32 }, () => again(begin + seconds * 1_000)))
    return (this.answered - before) / ((performance.now() - begin) / 1_000)
  }

  /** Of twenty pages one is the page that changes and one a search that nobody made before. */
  #page(): Page {
    const dice = Math.floor(Math.random() * 20)
    if (dice === 0) return this.#changing!
    if (dice > 1) return this.#known[Math.floor(Math.random() * this.#known.length)]
    return {
      path: `${this.#searches[this.#turn % this.#searches.length]}&n=${this.#turn}`,
      headers: plain,
      status: 200,
      flaw: ({ body }) =>
        /<title>.+<\/title>[^]*<\/html>\s*$/.test(String(body))
          ? undefined
          : 'a search without a whole page',
    }
  }

  /** As a proxy does it: what a copy that is away cannot take goes to the other. */
  async #fromEither({ path, headers }: Page, sent: number) {
    const first = this.#turn++ % 2
    const get = (copy: number) => ask(this.#urls[copy] + path, { agent: this.#agent, headers })
    try {
      return await get(first)
    } catch (error: any) {
      if (this.#isAway('copy', sent, performance.now())) this.retried++
      else this.wrong(`${error.code ?? error.message} though no copy was killed`)
      return get(1 - first)
    }
  }
}
