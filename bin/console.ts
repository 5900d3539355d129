/** The command line: `node ace <command>`. */
if (process.env.SENTRY_DSN) await import('./sentry.js')
const { createIgnitor, fail } = await import('./ignitor.js')

createIgnitor().ace().handle(process.argv.splice(2)).catch(fail)
