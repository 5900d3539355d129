import type { HttpContext } from '@adonisjs/core/http'

/** Sentry as bin/sentry.ts has started it, or nothing: without SENTRY_DSN it is not even loaded. */
const sentry = process.env.SENTRY_DSN ? await import('@sentry/node') : undefined

/** Says whose request this is, and after `next` what it is called: its route's pattern, which nobody knows before. */
export function watched<T>(ctx: HttpContext, id: string, next: () => T): T | Promise<unknown> {
  if (!sentry) return next()
  const scope = sentry.getIsolationScope()
  scope.setUser({
    ip_address: ctx.request.ip(),
    user_agent: ctx.request.header('user-agent'),
  })
  scope.setTag('request_id', id)
  return Promise.resolve(next()).finally(() => nameAfterRoute(ctx))
}

/** Tells Sentry of an error that a visitor saw. */
export function captureError(error: unknown, ctx: HttpContext) {
  if (!sentry) return
  nameAfterRoute(ctx)
  sentry.captureException(error, {
    tags: { route: ctx.route?.pattern, method: ctx.request.method() },
    contexts: { response: { status_code: ctx.response.getStatus() } },
  })
}

function nameAfterRoute({ request, route }: HttpContext) {
  const name = `${request.method()} ${route?.pattern ?? 'none'}`
  sentry!.getIsolationScope().setTransactionName(name)
  const span = sentry!.getActiveSpan()
  if (!span) return
  const root = sentry!.getRootSpan(span)
  sentry!.updateSpanName(root, name)
  root.setAttribute('sentry.source', 'route')
}
