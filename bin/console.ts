/** The command line: `node ace <command>`. */
import { constants } from 'node:os'
import { setFlagsFromString } from 'node:v8'

// a command may run beside the site in a small container: rather collect garbage than grow
setFlagsFromString('--optimize-for-size')

// who reads may be gone, as `head` is, and a disk full
process.stdout.on('error', ({ message }) => {
  console.error(`standard output cannot be written: ${message}`)
  process.exit(1)
})

const sentry = process.env.SENTRY_DSN ? await import('./sentry.js') : undefined
const { createIgnitor, fail } = await import('./ignitor.js')

createIgnitor()
  .tap((app) => sentry && app.terminating(sentry.end))
  .tap((app) => {
    // at once, for what is under way would go on meanwhile: the database takes back what is half done
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      app.listen(signal, () => process.exit(128 + constants.signals[signal]))
  })
  .ace()
  .handle(process.argv.splice(2))
  .catch(fail)
