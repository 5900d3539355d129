/** The command line: `node ace <command>`. */
import { setFlagsFromString } from 'node:v8'

// a command may run beside the site in a small container: rather collect garbage than grow
setFlagsFromString('--optimize-for-size')

if (process.env.SENTRY_DSN) await import('./sentry.js')
const { createIgnitor, fail } = await import('./ignitor.js')

createIgnitor().ace().handle(process.argv.splice(2)).catch(fail)
