import { setTimeout as sleep } from 'node:timers/promises'
import type { ApplicationService } from '@adonisjs/core/types'

/** Milliseconds between two tries to reach a database that is down at boot. */
const RETRY = 2_000

/** What the web server does around AdonisJS' own start and stop. */
export default class ServerProvider {
  constructor(protected app: ApplicationService) {}

  /** Before the server listens: the database, unless it is down; then it is prepared as soon as it is back. */
  async start() {
    const { default: env } = await import('#start/env')
    // `node ace codegen` starts the application without running it
    if (this.app.getMode() === 'run' && env.get('DB_AUTO_MIGRATE', true))
      await this.#prepareDatabase()
  }

  async #prepareDatabase() {
    const { prepareDatabase, isDatabaseUnavailable } = await import('#services/database')
    try {
      await prepareDatabase()
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error
      const logger = await this.app.container.make('logger')
      logger.warn({ err: error }, `the database is unavailable; trying again in ${RETRY} ms`)
      setTimeout(() => {
        if (this.app.isTerminating) return
        this.#prepareDatabase().catch(async (fatal) => {
          logger.fatal({ err: fatal }, 'the database cannot be prepared')
          process.exitCode = 1
          await this.app.terminate()
        })
      }, RETRY).unref()
    }
  }

  /** Terminating hooks run last to first: this one before core's, which only waits for connections to end by themselves. */
  async ready() {
    const { shutdown } = await import('#config/app')
    const { default: http } = await import('@adonisjs/core/services/server')
    const server = http.getNodeServer()!

    server.prependListener('request', (_, response) => {
      if (this.app.isTerminating) response.shouldKeepAlive = false
    })
    this.app.terminating(async () => {
      await sleep(shutdown.drain)
      setInterval(() => server.closeIdleConnections(), 50).unref()
      setTimeout(() => server.closeAllConnections(), shutdown.timeout).unref()
      // what still hangs by then, such as a query on a dead connection, is not waited for
      setTimeout(() => process.exit(), shutdown.timeout + 1_000).unref()
    })
  }
}
