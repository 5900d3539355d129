import type { LoggerService } from '@adonisjs/core/types'
import { Redis } from 'ioredis'

const CHANNEL = 'oc-lettings:rows-changed'
/** Milliseconds in which many changes are told as one. */
const TOGETHER = 50

/** Over Redis, tells all processes of the site that rows have changed. Without Redis nothing is told, and nothing else happens. */
export class ChangeBus {
  readonly #publisher: Redis
  #subscriber?: Redis
  #telling?: NodeJS.Timeout

  constructor(
    url: string,
    readonly logger: LoggerService
  ) {
    this.#publisher = this.#watched(
      new Redis(url, {
        connectTimeout: 2_000,
        // a Redis that hangs would keep a command from ending
        commandTimeout: 1_000,
        retryStrategy: (times) => Math.min(times * 100, 2_000),
        // what cannot be told now need not be told later: a page grows old by itself within a second
        enableOfflineQueue: false,
      })
    )
  }

  /** Tells the others soon. */
  tell() {
    this.#telling ??= setTimeout(() => this.#publish(), TOGETHER)
  }

  /** Calls back when somebody tells, and when telling may have been missed. */
  hear(changed: () => void) {
    const subscriber = this.#watched(this.#publisher.duplicate({ autoResubscribe: false }))
    subscriber.on('message', changed).on('ready', () => {
      subscriber.subscribe(CHANNEL).then(changed, (error) => subscriber.emit('error', error))
    })
    this.#subscriber = subscriber
  }

  /** Tells what is still to be told, and lets go of Redis. */
  async close() {
    if (this.#telling) await this.#publish()
    this.#subscriber?.disconnect()
    this.#publisher.disconnect()
  }

  async #publish() {
    clearTimeout(this.#telling)
    this.#telling = undefined
    await this.#publisher.publish(CHANNEL, '').catch(() => {})
  }

  /** Logs one line when the connection is lost and one when it is back. */
  #watched(redis: Redis) {
    let isLost = false
    redis.on('error', (err) => {
      if (!isLost) this.logger.warn({ err }, 'Redis is out of reach: copies agree within a second')
      isLost = true
    })
    redis.on('ready', () => {
      if (isLost) this.logger.info('Redis is back')
      isLost = false
    })
    return redis
  }
}
