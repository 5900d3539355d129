/** The HTTP server: `node bin/server.js`. */
import { createServer } from 'node:http'

const sentry = process.env.SENTRY_DSN ? await import('./sentry.js') : undefined
const { createIgnitor, fail } = await import('./ignitor.js')
let front: typeof import('#start/front').front

createIgnitor()
  .tap((app) => sentry && app.terminating(sentry.end))
  .tap((app) => app.starting(async () => void ({ front } = await import('#start/front'))))
  .httpServer()
  .start((handle) => createServer(front(handle)))
  .catch(fail)
