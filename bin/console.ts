/** The command line: `node ace <command>`. */
import { constants } from 'node:os'
import { setTimeout } from 'node:timers/promises'
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
    // what is under way may last: who asks for the end gets it, and the database takes back what is half done
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      app.listen(signal, async () => {
        process.exitCode = 128 + constants.signals[signal]
        await Promise.race([app.terminate(), setTimeout(1_000)])
        process.exit()
      })
    }
  })
  .ace()
  .handle(process.argv.splice(2))
  .catch(fail)
