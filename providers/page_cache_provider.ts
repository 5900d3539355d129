import type { ApplicationService } from '@adonisjs/core/types'
import type { ChangeBus } from '#services/change_bus'

/** Statements that change no row. */
const reads = /^\s*(select|pragma|show|explain|set|begin|start|savepoint)/i

/** Has every change of a row forget the rendered pages: at once in this process and, with REDIS_URL, in all others. */
export default class PageCacheProvider {
  #bus?: ChangeBus

  constructor(protected app: ApplicationService) {}

  async start() {
    const { forgetPages } = await import('#services/page_cache')
    const { default: env } = await import('#start/env')
    const url = env.get('REDIS_URL')
    if (url && this.app.getMode() === 'run') {
      const { ChangeBus } = await import('#services/change_bus')
      this.#bus = new ChangeBus(url, await this.app.container.make('logger'))
      if (this.app.getEnvironment() === 'web') this.#bus.hear(forgetPages)
    }

    const changed = () => {
      forgetPages()
      this.#bus?.tell()
    }
    const emitter = await this.app.container.make('emitter')
    emitter.on('db:connection:connect', ({ client }) => {
      client!.on('query-response', (_: unknown, { sql }: { sql: string }) => {
        if (!reads.test(sql)) changed()
      })
      // of a transaction's end knex says nothing before it is over
      const dialect = client!.client
      const begin = dialect.transaction
      dialect.transaction = (...options: unknown[]) => {
        const transaction = begin.apply(dialect, options)
        transaction.then(changed, changed)
        return transaction
      }
    })
  }

  async shutdown() {
    await this.#bus?.close()
  }
}
