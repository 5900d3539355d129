/** The test runner: `node ace test`. */
process.env.NODE_ENV = 'test'

import { configure, processCLIArgs, run } from '@japa/runner'
import { freePorts } from '../deploy/rehearsal/shell.ts'
import { createIgnitor, fail } from './ignitor.js'

process.env.HOST = '127.0.0.1'
process.env.PORT = String(await freePorts())

createIgnitor()
  .testRunner()
  .configure(async (app) => {
    const config = await import('../tests/bootstrap.js')

    processCLIArgs(process.argv.splice(2))
    configure({
      ...app.rcFile.tests,
      ...config,
      teardown: [() => app.terminate()],
    })
  })
  .run(() => run())
  .catch(fail)
