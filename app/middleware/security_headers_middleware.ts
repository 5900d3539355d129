import app from '@adonisjs/core/services/app'
import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'

/** Nothing inline and nothing from elsewhere; while developing, what Vite's hot reload needs. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src 'self' 'inline-speculation-rules'${app.inDev ? " 'unsafe-inline'" : ''}`,
  `style-src 'self'${app.inDev ? " 'unsafe-inline'" : ''}`,
  `connect-src 'self'${app.inDev ? ' ws: http:' : ''}`,
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const headers = Object.entries({
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'strict-origin-when-cross-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
})

/** Sets them on Node's own response, where static files and errors keep them too. */
export default class SecurityHeadersMiddleware {
  handle({ request, response }: HttpContext, next: NextFn) {
    for (const [name, value] of headers) response.response.setHeader(name, value)
    if (request.secure()) {
      response.response.setHeader(
        'Strict-Transport-Security',
        'max-age=31536000; includeSubDomains'
      )
    }
    return next()
  }
}
