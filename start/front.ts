import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import app from '@adonisjs/core/services/app'
import router from '@adonisjs/core/services/router'
import { maxRequestsAhead, serverLimits } from '#config/app'
import { encodingFor } from '#services/answer'
import { cachedMistake } from '#services/error_page'
import { cachedPage } from '#services/page_cache'
import { identify, refuse, watchRequest } from '#services/request_log'
import { isTraced, watched } from '#services/sentry'
import { fileFor } from '#services/static_files'

/** The server with its limits, the front and, behind it, AdonisJS. */
export function createFront(adonis: RequestListener) {
  const { connectionsCheckingInterval, maxHeaderSize, ...limits } = serverLimits
  const answer = front(adonis)
  const server = createServer({ connectionsCheckingInterval, maxHeaderSize }, answer)
  // what a client expects may be ignored; Node's own 417 has no line and no headers
  server.on('checkExpectation', answer)
  return Object.assign(server, limits).on('clientError', refuse)
}

/**
 * What is answered before AdonisJS hears of it, with the same headers, log line and metrics: files, pages rendered a moment
 * ago, and addresses at which nothing can be. Everything else goes on to AdonisJS.
 */
const front =
  (adonis: RequestListener): RequestListener =>
  (request, response) => {
    if (isTooFarAhead(request, response)) return
    // the absolute form of RFC 9112, which some proxies pass on
    if (request.url![0] !== '/') request.url = request.url!.replace(/^https?:\/\/[^/?]*\/?/i, '/')
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const answer = isRead && (cachedPage(request) ?? fileFor(request) ?? nothingThere(request))
    if (!answer) return adonis(request, response)
    const id = identify(request)
    const route = () => answer.route
    watchRequest(request, response, id, route)
    const send = () => answer.send(request, response, id)
    // what has no route, files and misses, is no transaction
    if (answer.route && isTraced()) watched(request, response, { id, route, trace: true }, send)
    // once all requests are read that have come: whoever takes the answers, such as a proxy on this machine, is woken once
    else setImmediate(send)
  }

let ahead = 0

/** Whether one request too many waits for the answer before it: who sent it is cut off. */
function isTooFarAhead({ socket }: IncomingMessage, response: ServerResponse) {
  // Node gives it the connection when its turn has come
  if (response.socket) return false
  if (ahead >= maxRequestsAhead) socket.destroy()
  if (socket.destroyed) return true
  ahead++
  response.once('close', () => ahead--)
  return false
}

/** The page that says so, for a plainly written address that no route has and a client that reads HTML. */
function nothingThere(request: IncomingMessage) {
  const { url, headers } = request
  const path = url!.split('?', 1)[0]
  const readsHtml = !headers.accept || /^(text\/html(,|$)|\*\/\*$)/.test(headers.accept)
  if (app.inDev || !readsHtml || !/^(?!\/api\/)(\/[\w.-]+)+$/.test(path)) return
  if (!router.match(path, 'GET', false)) return cachedMistake(404, encodingFor(request))
}
