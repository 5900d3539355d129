import type { HttpContext } from '@adonisjs/core/http'
import Letting from '#models/letting'
import Profile from '#models/profile'
import { paginate } from '#services/pager'
import { parsePage, parseUsername } from '#services/params'

export default class ProfilesController {
  async index({ request, view }: HttpContext) {
    const pager = await paginate(Profile.listed(), '/profiles', parsePage(request.qs().page))
    return view.render('pages/profiles/index', { pager })
  }

  async show({ params, view }: HttpContext) {
    const profile = await Profile.ofUsername(parseUsername(params.username)).firstOrFail()
    const lettings = await Letting.inCity(profile.favoriteCity).limit(6)
    return view.render('pages/profiles/show', { profile, user: profile.user, lettings })
  }
}
