import type { HttpContext } from '@adonisjs/core/http'
import Letting from '#models/letting'
import { paginate } from '#services/pager'
import { parseId, parsePage } from '#services/params'

export default class LettingsController {
  async index({ request, view }: HttpContext) {
    const pager = await paginate(Letting.listed(), '/lettings', parsePage(request.qs().page))
    return view.render('pages/lettings/index', { pager })
  }

  async show({ params, view }: HttpContext) {
    const letting = await Letting.listed().where('id', parseId(params.id)).firstOrFail()
    const others = await letting.neighbours().limit(3)
    return view.render('pages/lettings/show', { letting, address: letting.address, others })
  }
}
