import { BaseSchema } from '@adonisjs/lucid/schema'
import type { QueryClientContract } from '@adonisjs/lucid/types/database'

/** The places that a listing is in, each with what tells it from all others. */
const placesOf = (row: 'new' | 'old') => {
  const [country, state, city] = ['country_iso_code', 'state', 'city'].map((name) => `${row}.${name}`) // prettier-ignore
  return [
    [0, "''", "''", "''"],
    [1, country, "''", "''"],
    [2, country, state, "''"],
    [3, country, state, city],
  ]
}

const isOneOf = (row: 'new' | 'old') =>
  placesOf(row)
    .map(([level, country, state, city]) => `level = ${level} and country = ${country} and state = ${state} and city = ${city}`)
    .join(' or ') // prettier-ignore

const uncounted = [
  `update places set count = count - 1 where ${isOneOf('old')}`,
  `delete from places where count = 0 and (${isOneOf('old')})`,
]

/**
 * Each place of a listing by its key: by their names alone all places were gone through, and one without a name was taken for another.
 *
 * MySQL counts without meeting a key that is there. Where a statement does, MySQL, but not MariaDB, forgets what it has put into a
 * full-text index, and words were found in the first letting of a place only.
 */
export default class extends BaseSchema {
  async up() {
    this.defer(async (db) => {
      if (db.dialect.name === 'mysql') await onMySQL(db)
      else {
        const gone = 'delete from listing_words where rowid = old.letting_id'
        await replace(db, 'listing_deleted', 'after delete on listings', [...uncounted, gone])
      }
    })
  }

  /** What was before works with it as well. */
  async down() {}
}

async function onMySQL(db: QueryClientContract) {
  const places = placesOf('new').map(([level, country, state, city]) => `select ${level} as level, ${country} as country, ${state} as state, ${city} as city, 1 as count`) // prettier-ignore
  await replace(db, 'listing_inserted', 'after insert on listings', [
    `update places set count = count + 1 where ${isOneOf('new')}`,
    `if row_count() < 4 then
       insert into places (level, country, state, city, count)
       select * from (${places.join(' union all ')}) counted where not exists (
         select 1 from places there where there.level = counted.level and there.country = counted.country
         and there.state = counted.state and there.city = counted.city);
     end if`,
  ])
  await replace(db, 'listing_deleted', 'after delete on listings', uncounted)

  const [[{ version }]] = await db.rawQuery('select version() as version')
  const [incomplete] = await db.rawQuery("show index from listings where key_name = 'words'")
  if (!/mariadb/i.test(version) && incomplete.length)
    await db.rawQuery('alter table listings add fulltext all_words (words), drop index words')
}

export async function replace(
  db: QueryClientContract,
  trigger: string,
  event: string,
  statements: string[]
) {
  await db.rawQuery(`drop trigger if exists ${trigger}`)
  await db.rawQuery(
    `create trigger ${trigger} ${event} for each row begin ${statements.join('; ')}; end`
  )
}
