import type { TransactionClientContract } from '@adonisjs/lucid/types/database'
import type { Source, Wanted } from '#services/lists/engine'
import { COLUMNS, LEVELS } from '#services/lists/search'
import { type Word, tokens } from '#services/lists/words'
import { isMySQL, numberOf } from '#services/transaction'

/** FTS5: words and filters are lists of ids, which are walked together from the newest on. */
export function sqliteSources({ words, place, cursor }: Wanted): Source[] {
  const chosen = LEVELS.filter((level) => place[level])
  // the narrowest is in the others; of cities alone there is an index
  const narrowest = words.length || !place.city ? chosen.slice(-1) : []
  const terms = [...narrowest.flatMap((level) => within(level, place[level])), ...words.map(term)]
  const id = terms.length ? 'listing_words.rowid' : 'letting_id'
  const where = [
    ...(terms.length ? ['listing_words match ?'] : []),
    // as words they know neither case nor accents, nor what is no letter
    ...chosen.map((level) => `listings.${COLUMNS[level]} = ?`),
    // the driver binds numbers as reals, from which FTS5 would not begin
    ...(cursor ? [`${id} ${cursor.backwards ? '>' : '<'} cast(? as integer)`] : []),
  ]
  const bindings = [
    ...(terms.length ? [terms.join(' AND ')] : []),
    ...chosen.map((level) => place[level]),
    ...(cursor ? [cursor.id] : []),
  ]
  const joined = 'listing_words cross join listings on letting_id = listing_words.rowid'
  const from = terms.length ? joined : 'listings'
  const idsFrom = terms.length && !chosen.length ? 'listing_words' : from
  return [{ from, idsFrom, where: where.join(' and ') || 'true', bindings, id }]
}

/** In quotes FTS5 knows no operators. */
const quoted = (word: string) => `"${word}"`

const term = ({ word, codes }: Word) =>
  `(${[`${quoted(word)}*`, ...codes.map((code) => `country : ${quoted(code)}`)].join(' OR ')})`

const within = (column: string, value: string) =>
  tokens(value).map((word) => `${column} : ${quoted(word)}`)

/**
 * Makes one of the pieces in which FTS5 has the words, for a search reads each of them. It writes all of them anew, 3 s for those of a
 * million lettings: only after changes to a tenth of the lettings, which have taken longer.
 */
export async function mergeWords(trx: TransactionClientContract, changes: number) {
  if (isMySQL(trx) || changes * 10 < (await numberOf(trx, 'select count(*) from lettings'))) return
  await trx.rawQuery("insert into listing_words (listing_words) values ('optimize')")
}
