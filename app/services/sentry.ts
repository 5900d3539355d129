import type { IncomingMessage } from 'node:http'
import type { HttpContext } from '@adonisjs/core/http'
import { addressOf } from '#services/request_log'

/** Sentry as bin/sentry.ts has started it, or nothing: without SENTRY_DSN it is not even loaded. */
const sentry = process.env.SENTRY_DSN ? await import('@sentry/node') : undefined

/** Says whose request this is, and after `answer` what it is called: its route's pattern, which nobody knows before. */
export function watched(
  request: IncomingMessage,
  id: string,
  route: () => string | undefined,
  answer: () => unknown
) {
  if (!sentry) return answer()
  const scope = sentry.getIsolationScope()
  scope.setUser({
    ip_address: addressOf(request),
    user_agent: request.headers['user-agent'],
  })
  scope.setTag('request_id', id)
  return Promise.resolve(answer()).finally(() => nameAfter(request.method!, route()))
}

/** Tells Sentry of an error that a visitor saw. */
export function captureError(error: unknown, ctx: HttpContext) {
  if (!sentry) return
  nameAfter(ctx.request.method(), ctx.route?.pattern)
  sentry.captureException(error, {
    tags: { route: ctx.route?.pattern, method: ctx.request.method() },
    contexts: { response: { status_code: ctx.response.getStatus() } },
  })
}

function nameAfter(method: string, route = 'none') {
  const name = `${method} ${route}`
  sentry!.getIsolationScope().setTransactionName(name)
  const span = sentry!.getActiveSpan()
  if (!span) return
  const root = sentry!.getRootSpan(span)
  sentry!.updateSpanName(root, name)
  root.setAttribute('sentry.source', 'route')
}
