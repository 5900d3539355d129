import type { HttpContext } from '@adonisjs/core/http'
import { Listing } from '#services/lists/listing'
import { ListedProfile } from '#services/lists/profiles'

export default class HomeController {
  async show({ view }: HttpContext) {
    const [lettings, profiles] = await Promise.all([Listing.newest(6), ListedProfile.first(4)])
    return view.render('pages/home', { lettings, profiles })
  }
}
