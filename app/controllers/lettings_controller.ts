import type { HttpContext } from '@adonisjs/core/http'
import { findLettings } from '#services/lists/lettings'
import { Listing } from '#services/lists/listing'
import { searchOf } from '#services/lists/search'
import { found, parseId } from '#services/params'

export default class LettingsController {
  async index({ request, view }: HttpContext) {
    const search = searchOf('/lettings', request.qs())
    const page = await findLettings(search)
    if (search.cursor) found(page.rows[0], search.url)
    return view.render('pages/lettings/index', { search, page })
  }

  async show({ params, view }: HttpContext) {
    const letting = found(await Listing.find(parseId(params.id)), params.id)
    const { address } = letting
    const { countryIsoCode: country, state, city } = address
    const search = searchOf('/lettings', { country, state, city })
    const others = await letting.neighbours(3)
    return view.render('pages/lettings/show', { letting, address, others, search })
  }
}
