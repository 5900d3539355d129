import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpContext } from '@adonisjs/core/http'
import { addressOf, isHealthCheck } from '#services/request_log'
import { bounded } from '#services/storm'

/** Sentry as bin/sentry.ts has started it, or nothing: without SENTRY_DSN it is not even loaded. */
const sentry = process.env.SENTRY_DSN ? await import('@sentry/node') : undefined

/** Of these, Sentry takes its share as transactions. Each costs more than most pages: a site under load affords a few. */
const mayTrace = bounded(500)

/** Whether this request has to be watched although nothing can fail in it. */
export const isTraced = () => sentry !== undefined && mayTrace()

/**
 * Answers in a scope that says whose request this is. With `trace` it may become a transaction, named after `route`, which nobody
 * knows before the answer is out.
 */
export function watched(
  request: IncomingMessage,
  response: ServerResponse,
  {
    id,
    route,
    trace = !isHealthCheck(request) && isTraced(),
  }: { id: string; route: () => string | undefined; trace?: boolean },
  answer: () => unknown
) {
  if (!sentry) return answer()
  const { setHttpStatus, startNewTrace, startSpanManual, suppressTracing, withIsolationScope } =
    sentry
  const method = request.method!
  return withIsolationScope((scope) => {
    scope.setSDKProcessingMetadata({ normalizedRequest: told(request) })
    scope.setUser({ ip_address: addressOf(request), user_agent: request.headers['user-agent'] })
    scope.setTag('request_id', id)
    if (!trace) return suppressTracing(answer)
    return startNewTrace(() =>
      startSpanManual({ name: method, op: 'http.server' }, (span) => {
        response.once('close', () => {
          span.updateName(nameOf(method, route()))
          span.setAttribute('http.request.method', method)
          setHttpStatus(span, response.statusCode)
          span.end()
        })
        return answer()
      })
    )
  })
}

/** Of a storm of errors Sentry gets the first: to describe one takes longer than to answer it. The log has them all. */
const mayCapture = bounded(50)

/** Tells Sentry of an error that a visitor will see with this status. */
export function captureError(error: unknown, ctx: HttpContext, status: number) {
  if (!sentry || !mayCapture()) return
  const [method, route] = [ctx.request.method(), ctx.route?.pattern]
  sentry.getIsolationScope().setTransactionName(nameOf(method, route))
  sentry.captureException(error, {
    tags: { route, method },
    contexts: { response: { status_code: status } },
  })
}

const nameOf = (method: string, route = 'none') => `${method} ${route}`

/** A request as Sentry shows it; the SDK filters headers and query by what their names say. */
function told({ method, url, headers }: IncomingMessage) {
  const protocol = headers['x-forwarded-proto'] ?? 'http'
  return {
    method,
    url: `${protocol}://${headers.host}${url}`,
    headers: { ...headers } as Record<string, string>,
  }
}
