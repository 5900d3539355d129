import type { HttpContext } from '@adonisjs/core/http'
import logger from '@adonisjs/core/services/logger'
import type { NextFn } from '@adonisjs/core/types/http'
import { identify, watchRequest } from '#services/request_log'
import { watched } from '#services/sentry'

/**
 * Names each request, tells the client that name and logs how it went. First of all, so that redirects and errors are told too; what
 * start/front.ts answers is told there.
 */
export default class RequestLogMiddleware {
  handle(ctx: HttpContext, next: NextFn) {
    const { request, response } = ctx.request
    // what AdonisJS has taken for the name so far, and its logger with it, may be what any client sent
    const named = request.headers['x-request-id']
    const id = identify(request)
    if (id !== named) ctx.logger = logger.child({ request_id: id })
    response.setHeader('X-Request-Id', id)
    const route = () => ctx.route?.pattern
    watchRequest(request, response, id, route)
    return watched(request, response, { id, route }, next)
  }
}
