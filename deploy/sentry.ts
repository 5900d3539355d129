import { say } from './output.ts'
import type { SentrySettings } from './settings.ts'
import { short } from './watch.ts'

/** A release that is live, as Sentry is told of it. */
interface Deployed {
  release: string
  siteUrl: string
  /** Whether it had been live before; then the day of its release stays what it was. */
  again: boolean
  started: Date
  commits: { id: string; timestamp: string; message: string }[]
}

/**
 * Marks a release and its deploy in Sentry, if there is a token for it. It never fails: what Sentry does not take within `timeout`
 * milliseconds a request is said in a line.
 */
export async function mark(env: SentrySettings, deployed: Deployed, timeout = 10_000) {
  const { SENTRY_AUTH_TOKEN: token, SENTRY_URL = 'https://sentry.io' } = env
  if (!token) return
  const { release, commits } = deployed
  const finished = new Date().toISOString()
  const releases = `${SENTRY_URL}/api/0/organizations/${env.SENTRY_ORG}/releases/`
  const send = async (method: string, url: string, body: object) => {
    const response = await fetch(url, {
      method,
      headers: { 'Authorization': `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      // whoever that leads to must not get the token
      redirect: 'error',
      signal: AbortSignal.timeout(timeout),
    })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
  }
  try {
    await send('POST', releases, {
      version: release,
      projects: [env.SENTRY_PROJECT],
      ...(commits.length && { commits }),
    })
    if (!deployed.again) await send('PUT', `${releases}${release}/`, { dateReleased: finished })
    await send('POST', `${releases}${release}/deploys/`, {
      environment: env.SENTRY_ENVIRONMENT ?? 'production',
      url: deployed.siteUrl,
      dateStarted: deployed.started.toISOString(),
      dateFinished: finished,
    })
    say(`marked in Sentry: ${short(release)}`)
  } catch (error: any) {
    const { code, message } = error.cause ?? error
    const why = error.name === 'TimeoutError' ? 'timed out' : (code ?? message)
    say(`NOT marked in Sentry, which makes no difference to the site: ${why}`)
  }
}
