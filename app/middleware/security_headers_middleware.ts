import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'
import { securityHeaders, strictTransport } from '#services/security_headers'

const headers = Object.entries(securityHeaders)

/** Sets them on Node's own response, where errors keep them too. */
export default class SecurityHeadersMiddleware {
  handle({ request, response }: HttpContext, next: NextFn) {
    for (const [name, value] of headers) response.response.setHeader(name, value)
    if (request.secure()) response.response.setHeader(...strictTransport)
    return next()
  }
}
