import { BaseSchema } from '@adonisjs/lucid/schema'
import { writesOnMySQL } from '#database/migrations/0002_create_listings'
import { replace } from '#database/migrations/0006_count_places_exactly'

/**
 * MySQL's triggers list what they read under a lock. Who writes under READ COMMITTED read what was there before it had waited for
 * another: of two who changed a letting and its address at once, lists went without the change of one.
 */
export default class extends BaseSchema {
  async up() {
    this.defer(async (db) => {
      if (db.dialect.name !== 'mysql') return
      const triggers = Object.entries(writesOnMySQL('lock in share mode'))
      for (const [trigger, [event, ...statements]] of triggers)
        await replace(db, trigger, event, statements)
    })
  }

  /** What was before works with it as well. */
  async down() {}
}
