import { BaseSchema } from '@adonisjs/lucid/schema'

/**
 * Without the index on what changes with every letting. A place's count that has changed n times in a transaction has n entries in it,
 * for each of which InnoDB goes through all versions of the row: to take 20,000 lettings back, as a dry run does, took minutes.
 * A place has few enough places within it to be sorted.
 */
export default class extends BaseSchema {
  async up() {
    this.defer(async (db) => {
      if (db.dialect.name !== 'mysql') return
      const [there] = await db.rawQuery(`show index from places where key_name = 'level'`)
      if (there.length) await db.rawQuery('alter table places drop index level')
    })
  }

  /** What was before works with it as well. */
  async down() {}
}
