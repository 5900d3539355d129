import type { HttpContext } from '@adonisjs/core/http'
import Letting from '#models/letting'
import Profile from '#models/profile'

export default class HomeController {
  async show({ view }: HttpContext) {
    const [lettings, profiles] = await Promise.all([
      Letting.listed().limit(6),
      Profile.listed().limit(4),
    ])
    return view.render('pages/home', { lettings, profiles })
  }
}
