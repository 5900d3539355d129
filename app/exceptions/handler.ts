import app from '@adonisjs/core/services/app'
import logger from '@adonisjs/core/services/logger'
import router from '@adonisjs/core/services/router'
import { ExceptionHandler, type HttpContext } from '@adonisjs/core/http'
import { isDatabaseUnavailable } from '#services/database'
import { encodingFor } from '#services/answer'
import { cachedMistake, explain, mistake, standalonePage } from '#services/error_page'
import { fileFor } from '#services/static_files'
import { openToAnySite } from '#services/security_headers'
import { captureError } from '#services/sentry'
import { bounded } from '#services/storm'

/** Seconds after which a visitor may try again while the database is away. */
const RETRY_AFTER = 5

/** While it is away every request would say the same. */
const mayTellOfDatabase = bounded(1, (count) =>
  logger.warn({ count }, 'the database is unavailable, for further visitors too')
)

export default class HttpExceptionHandler extends ExceptionHandler {
  protected debug = app.inDev

  async handle(error: any, ctx: HttpContext) {
    const { request, response } = ctx
    const status = this.#status(error, ctx)
    if (status === 500 && this.debug) return super.handle(error, ctx)

    response.status(status)
    response.header('Cache-Control', 'no-store')
    if (status === 405) response.header('Allow', 'GET, HEAD')
    if (status === 503) response.header('Retry-After', RETRY_AFTER)

    const isForPrograms = request.url().startsWith('/api/')
    if (isForPrograms) openToAnySite(response)
    if (isForPrograms || request.accepts(['html', 'json']) === 'json')
      return response.send(explain(status))
    if (status < 500) return this.#sendMistake(status, ctx)
    const { html, policy } = standalonePage(status)
    response.response.setHeader('Content-Security-Policy', policy)
    response.send(html)
  }

  async report(error: any, ctx: HttpContext) {
    const status = this.#status(error, ctx)
    if (status < 500) return // the request's own line says it all
    if (status === 503 && !mayTellOfDatabase()) return
    captureError(error, ctx, status)
    if (status === 503) ctx.logger.warn({ err: error }, 'the database is unavailable')
    else ctx.logger.error({ err: this.toHttpError(error) }, 'the request failed')
  }

  async #sendMistake(status: number, { request, response }: HttpContext) {
    const encoding = encodingFor(request.request)
    const answer = cachedMistake(status, encoding) ?? (await mistake(status, encoding))
    answer.send(request.request, response.response, request.id()!)
  }

  #status(error: any, { request }: HttpContext): number {
    if (isDatabaseUnavailable(error)) return 503
    const status = error?.status >= 400 && error.status < 600 ? error.status : 500
    const isRead = ['GET', 'HEAD'].includes(request.method())
    const isThere = () => router.match(request.url(), 'GET', false) || fileFor(request.request)
    return status === 404 && !isRead && isThere() ? 405 : status
  }
}
