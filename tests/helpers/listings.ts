import db from '@adonisjs/lucid/services/db'
import { Assert } from '@japa/assert'
import { query, sourcesOf } from '#services/lists/engine'
import { placesOf } from '#services/lists/places'
import { wordsOf } from '#services/lists/words'

/** Rows by whose words it is asked whether the index has them. */
const ASKED = 20

const assert = new Assert()

/** Fails unless what lists and searches read is what the lettings are. */
export async function assertInStep() {
  const columns = ['title', 'number', 'street', 'city', 'state', 'zip_code', 'country_iso_code']
  const lettings = await db
    .from('lettings')
    .join('addresses', 'addresses.id', 'lettings.address_id')
    .select('lettings.id as letting_id', ...columns)
    .orderBy('lettings.id')
  const listings = await db.from('listings').select('letting_id', ...columns).orderBy('letting_id') // prettier-ignore
  assert.deepEqual(listings.map(plain), lettings.map(plain))

  // by the collations of the database, for which two spellings may be one city
  const wrong = await query(
    `select * from places where count <> (
       select count(*) from lettings join addresses on addresses.id = lettings.address_id
       where (level < 1 or country_iso_code = country) and (level < 2 or addresses.state = places.state)
         and (level < 3 or addresses.city = places.city))`
  )
  assert.deepEqual(wrong, [])
  const levels = await query('select level, sum(count) as total from places group by level')
  const total = lettings.length
  assert.deepEqual(
    levels.map((row) => [row.level, Number(row.total)]),
    total ? [0, 1, 2, 3].map((level) => [level, total]) : []
  )

  const { place } = await placesOf({ country: '', state: '', city: '' })
  for (const { letting_id: id, title, street, city } of listings.slice(-ASKED)) {
    // words that no two releases of Unicode part in other places
    const latin = `${title} ${street} ${city}`.match(/(?<![^\s,.&:-])[a-z0-9]+(?![^\s,.&:-])/gi)
    const words = wordsOf(latin?.join(' ') ?? '')
    if (!words.length) continue
    const source = sourcesOf({ words, place: place! }).at(-1)!
    const found = await query(
      `select ${source.id} as id from ${source.idsFrom} where ${source.where} and ${source.id} = ${id}`,
      source.bindings
    )
    assert.lengthOf(found, 1, `the index does not have ${title}`)
  }
  const words = await query(indexed[db.connection().dialect.name])
  assert.equal(words[0].count, listings.length)
}

const plain = (row: object) => ({ ...row })

const indexed: Record<string, string> = {
  'better-sqlite3': 'select count(*) as count from listing_words_docsize',
  'mysql': "select count(*) as count from listings where words like ' zz%'",
}
