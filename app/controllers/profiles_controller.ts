import type { HttpContext } from '@adonisjs/core/http'
import { Listing } from '#services/lists/listing'
import { findProfiles, ListedProfile } from '#services/lists/profiles'
import { searchOf } from '#services/lists/search'
import { found, parseUsername } from '#services/params'

export default class ProfilesController {
  async index({ request, view }: HttpContext) {
    const search = searchOf('/profiles', request.qs(), ['after', 'before'])
    const page = await findProfiles(search)
    if (search.cursor) found(page.rows[0], search.url)
    return view.render('pages/profiles/index', { search, page })
  }

  async show({ params, view }: HttpContext) {
    const username = parseUsername(params.username)
    const profile = found(await ListedProfile.find(username), username)
    const lettings = profile.favoriteCity ? await Listing.inCity(profile.favoriteCity, 6) : []
    return view.render('pages/profiles/show', { profile, user: profile.user, lettings })
  }
}
