import type { HttpContext } from '@adonisjs/core/http'
import logger from '@adonisjs/core/services/logger'
import type { NextFn } from '@adonisjs/core/types/http'
import { http } from '#config/app'
import { identify, watchRequest } from '#services/request_log'
import { watched } from '#services/sentry'

/** Names each request, tells the client that name and logs how it went. First of all, so that static files and redirects are told too. */
export default class RequestLogMiddleware {
  handle(ctx: HttpContext, next: NextFn) {
    const { request, response } = ctx.request
    const trust = http.trustProxy
    // what AdonisJS has taken for the name so far, and its logger with it, may be what any client sent
    const named = request.headers['x-request-id']
    const id = identify(request, trust)
    if (id !== named) ctx.logger = logger.child({ request_id: id })
    response.setHeader('X-Request-Id', id)
    watchRequest(request, response, { id, trust, route: () => ctx.route?.pattern })
    return watched(ctx, id, next)
  }
}
