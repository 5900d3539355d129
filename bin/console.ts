/** The command line: `node ace <command>`. */
import { setFlagsFromString } from 'node:v8'

// a command may run beside the site in a small container: rather collect garbage than grow
setFlagsFromString('--optimize-for-size')

const sentry = process.env.SENTRY_DSN ? await import('./sentry.js') : undefined
const { createIgnitor, fail } = await import('./ignitor.js')

createIgnitor()
  .tap((app) => sentry && app.terminating(sentry.end))
  .ace()
  .handle(process.argv.splice(2))
  .catch(fail)
