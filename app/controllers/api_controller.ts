import type { HttpContext } from '@adonisjs/core/http'
import { findLettings } from '#services/lists/lettings'
import { openapi } from '#services/lists/openapi'
import { findProfiles } from '#services/lists/profiles'
import { Search } from '#services/lists/search'
import type { Page } from '#services/pager'
import { openToAnySite } from '#services/security_headers'
import { absolute } from '#services/seo'

/** The lists as JSON, for programs of whatever site. */
export default class ApiController {
  lettings(ctx: HttpContext) {
    const { search, problems } = Search.parse('/api/lettings', ctx.request.qs())
    if (problems.length) return refuse(ctx, problems)
    return list(ctx, findLettings(search), ({ id, title, address }) => ({
      id,
      title,
      number: address.number,
      street: address.street,
      city: address.city,
      state: address.state,
      zip_code: address.zipCode,
      country_iso_code: address.countryIsoCode,
      country: address.country,
      url: absolute(`/lettings/${id}`),
    }))
  }

  profiles(ctx: HttpContext) {
    const query = ctx.request.qs()
    const { search, problems } = Search.parse('/api/profiles', query, ['after', 'before'])
    if (problems.length) return refuse(ctx, problems)
    return list(ctx, findProfiles(search), ({ id, favoriteCity, user }) => ({
      id,
      username: user.username,
      first_name: user.firstName,
      last_name: user.lastName,
      favorite_city: favoriteCity,
      url: absolute(`/profiles/${encodeURIComponent(user.username)}`),
    }))
  }

  openapi(ctx: HttpContext) {
    return json(ctx, openapi)
  }
}

async function list<Row>(
  ctx: HttpContext,
  found: Promise<Page<Row>>,
  toItem: (row: Row) => object
) {
  const { rows, total, previous, next } = await found
  return json(ctx, {
    items: rows.map(toItem),
    total: { count: total.count, exact: total.isExact },
    previous: previous ? absolute(previous) : null,
    next: next ? absolute(next) : null,
  })
}

function refuse(ctx: HttpContext, errors: object[]) {
  ctx.response.status(400).header('Cache-Control', 'no-store')
  return json(ctx, { errors })
}

/** As text, which gets a validator and is compressed like a page. */
function json({ response }: HttpContext, data: object) {
  response.type('application/json')
  openToAnySite(response)
  return JSON.stringify(data)
}
