import http from 'node:http'
import https from 'node:https'
import type { Sight } from './watch.ts'

/** Milliseconds that one look may take; a service that sleeps needs some to wake. */
const TIMEOUT = 10_000
/** A health answer is short; whatever is longer is something else. */
const LONGEST = 10_000

/** Looks at the site's readiness path over a connection of its own, as a new visitor's would be. Never rejects. */
export function look(siteUrl: string): Promise<Sight> {
  const { get } = siteUrl.startsWith('https:') ? https : http
  return new Promise((resolve) => {
    const silent = (why: string) => resolve({ kind: 'silent', why })
    const request = get(
      `${siteUrl}/health/ready`,
      { agent: false, signal: AbortSignal.timeout(TIMEOUT) },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          body += chunk
          if (body.length > LONGEST) response.destroy()
        })
        // cut half-way is as good as no health answer
        response.on('error', () => {})
        response.on('close', () => resolve(read(response.statusCode!, body)))
      }
    )
    request.on('error', (error: NodeJS.ErrnoException) =>
      silent(error.name === 'AbortError' ? 'timed out' : (error.code ?? error.message))
    )
  })
}

/** What an answer from the readiness path says. */
export function read(status: number, body: string): Sight {
  let answer
  try {
    answer = JSON.parse(body)
  } catch {}
  if (typeof answer?.release !== 'string')
    return { kind: 'silent', why: `HTTP ${status} without a health answer` }
  const { release } = answer
  // it goes into a command on the server, so it must be what an image's tag can be
  if (!/^\w[\w.-]{0,63}$/.test(release))
    return { kind: 'silent', why: `HTTP ${status} with a release that no image can have` }
  if (status === 200 && answer.status === 'ready') return { kind: 'ready', release }
  return {
    kind: 'unavailable',
    release,
    failing: Array.isArray(answer.failing) ? answer.failing.map(String) : [],
  }
}
