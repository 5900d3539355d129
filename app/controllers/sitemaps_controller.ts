import type { HttpContext } from '@adonisjs/core/http'
import db from '@adonisjs/lucid/services/db'
import { appUrl } from '#config/app'
import { queryTimeout } from '#config/database'
import { notFound } from '#services/params'

/** Ids in one piece of the sitemap, and so addresses at most: a tenth of the protocol's limit, so that a piece costs no more than a page. */
const PIECE = 5_000

const XML = '<?xml version="1.0" encoding="UTF-8"?>'
const SCHEMA = 'http://www.sitemaps.org/schemas/sitemap/0.9'

type Ids = [above: number, upTo: number]

/** Every kind of piece, with the paths of its rows. */
const pieces = {
  pages: async ([above]: Ids) => (above ? [] : ['/', '/lettings', '/profiles']),
  async lettings(ids: Ids) {
    const rows = await within('lettings', ids).select('id')
    return rows.map(({ id }) => `/lettings/${id}`)
  },
  async profiles(ids: Ids) {
    const users = within('profiles', ids).join('users', 'users.id', 'profiles.user_id')
    const rows = await users.select('username')
    return rows.map(({ username }) => `/profiles/${encodeURIComponent(username)}`)
  },
}

const within = (table: string, [above, upTo]: Ids) =>
  db.from(table).where(`${table}.id`, '>', above).where(`${table}.id`, '<=', upTo).orderBy(`${table}.id`).timeout(queryTimeout) // prettier-ignore

const locations = (tag: string, paths: string[]) =>
  paths.map((path) => `<${tag}><loc>${appUrl}${path}</loc></${tag}>`).join('\n')

export default class SitemapsController {
  async index({ response }: HttpContext) {
    const paths = ['/sitemaps/pages-1.xml']
    for (const table of ['lettings', 'profiles']) {
      for (let above = 0; ;) {
        const [{ next }] = await db
          .from(table)
          .where('id', '>', above)
          .min('id as next')
          .timeout(queryTimeout)
        if (next === null) break
        const piece = Math.ceil(next / PIECE)
        paths.push(`/sitemaps/${table}-${piece}.xml`)
        above = piece * PIECE
      }
    }
    response.type('application/xml')
    return `${XML}\n<sitemapindex xmlns="${SCHEMA}">\n${locations('sitemap', paths)}\n</sitemapindex>\n`
  }

  async show({ params, request, response }: HttpContext) {
    const [, kind, number] =
      /^(pages|lettings|profiles)-([1-9]\d{0,5})\.xml$/.exec(params.name) ?? []
    const upTo = Number(number) * PIECE
    const paths = kind ? await pieces[kind as keyof typeof pieces]([upTo - PIECE, upTo]) : []
    if (!paths.length) throw notFound(request.url())
    response.type('application/xml')
    return `${XML}\n<urlset xmlns="${SCHEMA}">\n${locations('url', paths)}\n</urlset>\n`
  }

  robots({ response }: HttpContext) {
    response.type('text/plain')
    return `User-agent: *\nAllow: /\nDisallow: /health/\n\nSitemap: ${appUrl}/sitemap.xml\n`
  }
}
