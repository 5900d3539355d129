import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'
import { openToAnySite } from '#services/security_headers'

/** Redirects a path with trailing or doubled slashes to the page's one address, its query kept. */
export default class CanonicalUrlMiddleware {
  handle({ request, response }: HttpContext, next: NextFn) {
    const [path, query] = request.request.url!.split(/\?(.*)/s)
    const canonical = path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1')
    if (canonical === path) return next()
    // browsers read a backslash as a slash, and //example.com as another site
    const location = canonical.replaceAll('\\', '%5C')
    response.status(301).header('Location', query === undefined ? location : `${location}?${query}`)
    response.header('Cache-Control', 'public, max-age=3600')
    if (canonical.startsWith('/api/')) openToAnySite(response)
  }
}
