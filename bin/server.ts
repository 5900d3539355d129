/** The HTTP server: `node bin/server.js`. */
const sentry = process.env.SENTRY_DSN ? await import('./sentry.js') : undefined
const { createIgnitor, fail } = await import('./ignitor.js')
let createFront: typeof import('#start/front').createFront

createIgnitor()
  .tap((app) => sentry && app.terminating(sentry.end))
  .tap((app) => app.starting(async () => void ({ createFront } = await import('#start/front'))))
  .httpServer()
  .start((adonis) => createFront(adonis))
  .catch(fail)
