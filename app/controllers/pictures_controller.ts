import type { HttpContext } from '@adonisjs/core/http'
import { Listing } from '#services/lists/listing'
import { ListedProfile } from '#services/lists/profiles'
import { found, parseId, parseUsername } from '#services/params'
import { fingerprint, toPng } from '#services/pictures'

/** Pictures for those who share a page: Open Graph's PNGs, drawn by the components of the pages. */
export default class PicturesController {
  async site(ctx: HttpContext) {
    return this.#send(ctx, 'site', { lettings: await Listing.newest(3) })
  }

  async letting(ctx: HttpContext) {
    const letting = found(await Listing.find(parseId(ctx.params.id)), ctx.params.id)
    return this.#send(ctx, 'letting', { letting })
  }

  async profile(ctx: HttpContext) {
    const username = parseUsername(ctx.params.username)
    const profile = found(await ListedProfile.find(username), username)
    return this.#send(ctx, 'profile', { profile, user: profile.user })
  }

  async #send({ response, view }: HttpContext, name: string, data: object) {
    const svg = await view.render(`pages/pictures/${name}`, data)
    response.header('Cache-Control', 'public, max-age=86400')
    response.header('ETag', `"${fingerprint(svg)}"`)
    // they are for the pages of other sites
    response.header('Cross-Origin-Resource-Policy', 'cross-origin')
    if (response.fresh()) return response.status(304).send(null)

    const png = await toPng(svg)
    response.type('image/png')
    if (png) return response.send(png)
    response.header('Cache-Control', 'no-store')
    response.header('Retry-After', 5)
    return response.status(503).send(null)
  }
}
