import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import logger from '@adonisjs/core/services/logger'
import proxyAddr from 'proxy-addr'
import { trustProxy } from '#config/proxies'
import { duration, inFlight } from '#services/metrics'
import { bounded } from '#services/storm'

/** Of what clients get wrong (4xx), some lines are written; the rest is counted in one. */
const mayLogRefusal = bounded(50, (count) =>
  logger.warn({ count }, 'more refused requests than are logged one by one')
)
/** Characters of what a client chose that a line repeats. */
const LONGEST = 512

/** Milliseconds for which lines are gathered: written one after the other they take less, and kept longer they outlive V8's next rounds. */
const GATHERED = 4
let lines: object[] = []

function writeLines() {
  for (const line of lines) logger.info(line, 'request')
  lines = []
}
// before the log's own last words
process.prependListener('exit', writeLines)

/** What names a request in every log line about it: the trusted proxy's own name for it if that is well-formed, else a new one. */
export function identify(request: IncomingMessage) {
  const given = request.headers['x-request-id']
  const stays =
    given &&
    trustProxy(request.socket.remoteAddress ?? '', 0) &&
    /^[\w.:-]{8,128}$/.test(String(given))
  const id = stays ? String(given) : randomUUID()
  // from here AdonisJS reads it too
  request.headers['x-request-id'] = id
  return id
}

/** Whether a proxy or an engine asks how this copy is: every one of them does once a second or two. */
export const isHealthCheck = ({ url }: IncomingMessage) => url!.startsWith('/health/')

/** The visitor's address, as far as trusted proxies say it. */
export const addressOf = (request: IncomingMessage) =>
  request.headers['x-forwarded-for'] ? proxyAddr(request, trustProxy) : request.socket.remoteAddress

/** Measures a request and writes its line once its answer is out or its client gone; `route` is asked then, for nobody knows it earlier. */
export function watchRequest(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
  route: () => string | undefined
) {
  const { socket } = request
  const [started, written] = [performance.now(), socket.bytesWritten]
  const ip = addressOf(request)
  inFlight.inc()
  response.once('close', () => {
    const ms = performance.now() - started
    const status = response.statusCode
    const pattern = route()
    inFlight.dec()
    duration.observe({ route: pattern ?? 'none', status }, ms / 1000)
    if (!logger.isLevelEnabled('info')) return
    // a log of bounded size would hold little else
    if (status < 400 && isHealthCheck(request)) return
    if (status >= 400 && status < 500 && !mayLogRefusal()) return
    if (!lines.length) setTimeout(writeLines, GATHERED)
    lines.push({
      request_id: id,
      method: request.method,
      route: pattern,
      path: request.url!.split('?', 1)[0].slice(0, LONGEST),
      status,
      ms: Math.round(ms * 10) / 10,
      bytes: socket.bytesWritten - written,
      ip,
      user_agent: request.headers['user-agent']?.slice(0, LONGEST),
      aborted: response.writableFinished ? undefined : true,
    })
  })
}

const refusals: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** Milliseconds for which a refused client may go on sending: closing on what nobody has read takes the answer back. */
const LINGER = 2_000
const refused = new WeakSet<Duplex>()

/** Answers, counts and logs what is no request or did not become one in time. */
export function refuse(error: NodeJS.ErrnoException, socket: Duplex) {
  if (refused.has(socket)) return
  const status = refusals[error.code ?? ''] ?? 400
  // who has left, and who is in the middle of an answer, can be told nothing; that is how Node itself sees it
  if (!socket.writable || (socket as any)._httpMessage?._headerSent) return void socket.destroy()
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`)
  refused.add(socket)
  setTimeout(() => socket.destroy(), LINGER).unref()
  duration.observe({ route: 'none', status }, 0)
  if (mayLogRefusal()) {
    logger.info({ status, code: error.code, ip: (socket as Socket).remoteAddress }, 'no request')
  }
}
