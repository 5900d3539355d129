import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a browser says of itself and of what it takes. */
export const browser = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Accept': 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language': 'en-US,en;q=0.5',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
}

export interface Answer {
  status: number
  /** Names and values in turn, as they came. */
  rawHeaders: string[]
  headers: http.IncomingHttpHeaders
  body: Buffer
}

/** One GET; rejects if the connection breaks or no whole answer comes in 30 s. */
export function ask(url: string, options: http.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(30_000)
    const request = http.get(url, { signal, ...options }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode, rawHeaders, headers } = response
        resolve({ status: statusCode!, rawHeaders, headers, body: Buffer.concat(chunks) })
      })
    })
    request.on('error', reject)
  })
}

/**
 * Calls `send` so many times a second for so many seconds, whether or not earlier calls are done, each with the moment at which it
 * was due (as performance.now gives it): what is late counts as late. Returns when all of them are done.
 */
export async function paced(
  perSecond: number,
  seconds: number,
  send: (due: number) => Promise<void>
) {
  const begin = performance.now()
  const sent: Promise<void>[] = []
  const total = Math.round(perSecond * seconds)
  while (sent.length < total) {
    const due = begin + (sent.length / perSecond) * 1_000
    if (due > performance.now()) await sleep(1)
    else sent.push(send(due))
  }
  await Promise.all(sent)
}
