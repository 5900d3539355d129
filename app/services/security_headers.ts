import type { HttpContext } from '@adonisjs/core/http'
import app from '@adonisjs/core/services/app'

/** Nothing inline and nothing from elsewhere; while developing, what Vite's hot reload needs. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src 'self' 'inline-speculation-rules'${app.inDev ? " 'unsafe-inline'" : ''}`,
  `style-src 'self'${app.inDev ? " 'unsafe-inline'" : ''}`,
  `connect-src 'self'${app.inDev ? ' ws: http:' : ''}`,
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** What every answer says, whatever it holds; names in lower case. */
export const securityHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** What an answer over TLS says besides. */
export const strictTransport = ['strict-transport-security', 'max-age=31536000'] as const

/** Lets scripts of any site read an answer for programs, whatever its status. */
export function openToAnySite(response: HttpContext['response']) {
  response.header('Access-Control-Allow-Origin', '*')
  response.header('Access-Control-Expose-Headers', 'Retry-After')
  response.header('Cross-Origin-Resource-Policy', 'cross-origin')
}
