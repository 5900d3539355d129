import { errors, type HttpContext } from '@adonisjs/core/http'
import db from '@adonisjs/lucid/services/db'
import { appUrl } from '#config/app'

/** Addresses in one piece of the sitemap at most: the protocol's limit. */
const PIECE = 50_000

const XML = '<?xml version="1.0" encoding="UTF-8"?>'
const SCHEMA = 'http://www.sitemaps.org/schemas/sitemap/0.9'

/** Every kind of piece, with the paths of its rows from an offset. */
const pieces = {
  pages: async (offset: number) => (offset ? [] : ['/', '/lettings', '/profiles']),
  async lettings(offset: number) {
    const rows = await db.from('lettings').select('id').orderBy('id').offset(offset).limit(PIECE)
    return rows.map(({ id }) => `/lettings/${id}`)
  },
  async profiles(offset: number) {
    const users = db.from('profiles').join('users', 'users.id', 'profiles.user_id')
    const rows = await users.select('username').orderBy('profiles.id').offset(offset).limit(PIECE)
    return rows.map(({ username }) => `/profiles/${encodeURIComponent(username)}`)
  },
}

const locations = (tag: string, paths: string[]) =>
  paths.map((path) => `<${tag}><loc>${appUrl}${path}</loc></${tag}>`).join('\n')

export default class SitemapsController {
  async index({ response }: HttpContext) {
    const paths = ['/sitemaps/pages-1.xml']
    for (const table of ['lettings', 'profiles']) {
      const [{ total }] = await db.from(table).count('* as total')
      const count = Math.ceil(total / PIECE)
      for (let piece = 1; piece <= count; piece++) paths.push(`/sitemaps/${table}-${piece}.xml`)
    }
    response.type('application/xml')
    return `${XML}\n<sitemapindex xmlns="${SCHEMA}">\n${locations('sitemap', paths)}\n</sitemapindex>\n`
  }

  async show({ params, request, response }: HttpContext) {
    const [, kind, number] =
      /^(pages|lettings|profiles)-([1-9]\d{0,4})\.xml$/.exec(params.name) ?? []
    const paths = kind
      ? await pieces[kind as keyof typeof pieces]((Number(number) - 1) * PIECE)
      : []
    if (!paths.length) throw new errors.E_ROUTE_NOT_FOUND(['GET', request.url()])
    response.type('application/xml')
    return `${XML}\n<urlset xmlns="${SCHEMA}">\n${locations('url', paths)}\n</urlset>\n`
  }

  robots({ response }: HttpContext) {
    response.type('text/plain')
    return `User-agent: *\nAllow: /\nDisallow: /health/\n\nSitemap: ${appUrl}/sitemap.xml\n`
  }
}
