/** The HTTP server: `node bin/server.js`. */
const sentry = process.env.SENTRY_DSN ? await import('./sentry.js') : undefined
const { createIgnitor, fail } = await import('./ignitor.js')
let createFront: typeof import('#start/front').createFront

createIgnitor()
  // AdonisJS goes on to start what was terminated meanwhile, and would then listen for ever
  .tap((app) => app.listen('SIGTERM', () => app.isReady || process.exit()))
  .tap((app) => app.listen('SIGINT', () => app.isReady || process.exit()))
  .tap((app) => sentry && app.terminating(sentry.end))
  .tap((app) => app.starting(async () => void ({ createFront } = await import('#start/front'))))
  .httpServer()
  .start((adonis) => createFront(adonis))
  .catch(fail)
