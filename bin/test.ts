/** The test runner: `node ace test`. */
process.env.NODE_ENV = 'test'

import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { configure, processCLIArgs, run } from '@japa/runner'
import { createIgnitor, fail } from './ignitor.js'

process.env.HOST = '127.0.0.1'
process.env.PORT = await freePort()

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

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return String(port)
}
