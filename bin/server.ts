/** The HTTP server: `node bin/server.js`. */
const sentry = process.env.SENTRY_DSN ? await import('./sentry.js') : undefined
const { createIgnitor, fail } = await import('./ignitor.js')

createIgnitor()
  .tap((app) => sentry && app.terminating(sentry.end))
  .httpServer()
  .start()
  .catch(fail)
