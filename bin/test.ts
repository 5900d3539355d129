/** The test runner: `node ace test`. */
process.env.NODE_ENV = 'test'

import { configure, processCLIArgs, run } from '@japa/runner'
import { freePort } from '../tests/helpers/free_port.js'
import { createIgnitor, fail } from './ignitor.js'

process.env.HOST = '127.0.0.1'
process.env.PORT = String(await freePort())

createIgnitor()
  .testRunner()
  .configure(async (app) => {
    const { runnerHooks, ...config } = await import('../tests/bootstrap.js')

    processCLIArgs(process.argv.splice(2))
    configure({
      ...app.rcFile.tests,
      ...config,
      setup: runnerHooks.setup,
      teardown: [...runnerHooks.teardown, () => app.terminate()],
    })
  })
  .run(() => run())
  .catch(fail)
