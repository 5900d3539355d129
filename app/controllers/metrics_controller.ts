import { safeEqual } from '@adonisjs/core/helpers'
import type { HttpContext } from '@adonisjs/core/http'
import { compile } from 'proxy-addr'
import { metricsToken } from '#config/app'
import { metrics } from '#services/metrics'
import { notFound } from '#services/params'

const isLoopback = compile('loopback')

export default class MetricsController {
  /** In Prometheus' text format; for everybody else there is no such page. */
  async show({ request, response }: HttpContext) {
    if (!isLocal(request) && !hasToken(request)) throw notFound(request.url())
    response.header('Content-Type', metrics.contentType)
    response.header('Cache-Control', 'no-store')
    return metrics.metrics()
  }
}

/** Somebody on this machine, not somebody behind a proxy on this machine. */
const isLocal = ({ request: { socket, headers } }: HttpContext['request']) =>
  isLoopback(socket.remoteAddress ?? '', 0) &&
  !Object.keys(headers).some((name) => /^(x-forwarded|x-real-ip|forwarded|via)/.test(name))

const hasToken = (request: HttpContext['request']) =>
  !!metricsToken &&
  safeEqual(`Bearer ${metricsToken.release()}`, request.header('authorization', '')!)
