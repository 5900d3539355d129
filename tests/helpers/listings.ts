import db from '@adonisjs/lucid/services/db'
import { assert } from 'chai'
import { query, sourcesOf } from '#services/lists/engine'
import { placesOf } from '#services/lists/places'
import { wordsOf } from '#services/lists/words'

/** Rows by whose words it is asked whether the index has them. */
const ASKED = 20

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

  const counted = new Map<string, number>()
  for (const { country_iso_code: country, state, city } of lettings) {
    const names = [country, state, city.toLowerCase()]
    for (const level of [0, 1, 2, 3]) {
      const key = `${level} ${names.slice(0, level).join(' ')}`
      counted.set(key, (counted.get(key) ?? 0) + 1)
    }
  }
  const places = await db.from('places').select('*')
  const kept = places.map(({ level, country, state, city, count }) => {
    const names = [country, state, city.toLowerCase()].slice(0, level)
    return [`${level} ${names.join(' ')}`, count] as [string, number]
  })
  assert.sameDeepMembers(kept, [...counted])

  const { place } = await placesOf({ country: '', state: '', city: '' })
  for (const { letting_id: id, title, street, city } of listings.slice(-ASKED)) {
    const words = wordsOf(`${title} ${street} ${city}`)
    if (!words.length) continue
    const source = sourcesOf({ words, place: place! }).at(-1)!
    const found = await query(
      `select ${source.id} as id from ${source.idsFrom} where ${source.where} and ${source.id} = ?`,
      [...source.bindings, id]
    )
    assert.lengthOf(found, 1, `the index has not ${title}`)
  }
  const words = await query(indexed[db.connection().dialect.name])
  assert.equal(words[0].count, listings.length)
}

const plain = (row: object) => ({ ...row })

const indexed: Record<string, string> = {
  'better-sqlite3': 'select count(*) as count from listing_words_docsize',
  'mysql': "select count(*) as count from listings where words like ' zz%'",
}
