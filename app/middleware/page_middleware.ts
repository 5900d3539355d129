import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'
import { answerWithText, encodingFor } from '#services/answer'
import { cachePage } from '#services/page_cache'

/** Keeps what a controller returns for those who ask for it next, and lets those who ask meanwhile wait for it. */
export default class PageMiddleware {
  async handle(ctx: HttpContext, next: NextFn) {
    const { request, response } = ctx.request
    let isFirst = false
    let answer = await cachePage(request, async () => {
      isFirst = true
      await next()
      return answerOf(ctx)
    })
    // who has waited for a page that could not be made makes one alone
    if (!answer && !isFirst) {
      await next()
      answer = await answerOf(ctx)
    }
    answer?.send(request, response, ctx.request.id()!)
  }
}

/** What a controller has returned; undefined for what is nobody else's, such as an error. */
function answerOf({ request, response, route }: HttpContext) {
  const content = response.getBody()
  if (response.getStatus() !== 200 || !content) return
  const isText = typeof content === 'string'
  // or else it would stay for as long as the client takes nothing
  response.lazyBody = {}
  // what is on Node's response by now is each request's own, such as its name
  const own = Object.entries(response.getHeaders()).filter(
    ([name, value]) => value !== response.response.getHeader(name)
  )
  return answerWithText(isText ? content : JSON.stringify(content), encodingFor(request.request), {
    status: 200,
    headers: {
      'content-type': isText ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=0, must-revalidate',
      ...Object.fromEntries(own.map(([name, value]) => [name, String(value)])),
    },
    route: route?.pattern,
  })
}
