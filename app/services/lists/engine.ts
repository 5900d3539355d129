import { Exception } from '@adonisjs/core/exceptions'
import db from '@adonisjs/lucid/services/db'
import pLimit from 'p-limit'
import { acquireTimeout, queryTimeout, slowAtOnce } from '#config/database'
import type { Cursor } from '#services/lists/cursor'
import { mysqlSources } from '#services/lists/mysql'
import type { Place } from '#services/lists/places'
import { sqliteSources } from '#services/lists/sqlite'
import type { Word } from '#services/lists/words'
import { isMySQL } from '#services/transaction'

export type Bindings = (string | number)[]

/** Where the listings of a search come from: whole rows `from` one place, or ids alone from another. */
export type Source = {
  from: string
  idsFrom: string
  where: string
  bindings: Bindings
  id: string
  /** How many listings it looks at, where that is not all of them but those next to the cursor, or the newest. */
  looked?: number
}

export type Wanted = { words: Word[]; place: Place; cursor?: Cursor & { backwards: boolean } }

/** The sources of a search, the cheapest first; the last one has all that there is. Each goes through an index by its ids. */
export const sourcesOf = (wanted: Wanted) => (onMySQL() ? mysqlSources : sqliteSources)(wanted)

const onMySQL = () => isMySQL(db.connection())

/**
 * What the first source has that has more than `enough`, or all there is. A source that looks at some listings only is passed
 * over if what a smaller one has found promises no more.
 */
export async function firstFound(
  wanted: Wanted,
  enough: number,
  ask: (source: Source) => Promise<any[]>
): Promise<{ rows: any[]; looked?: number }> {
  let share = 1
  const sources = sourcesOf(wanted)
  for (const source of sources) {
    const { looked } = source
    if (looked && looked * share <= enough) continue
    // what comes after cheaper ones may take seconds
    const isSlow = !looked && sources.length > 1
    const rows = await (isSlow ? inTurn(() => ask(source)) : ask(source))
    if (!looked || rows.length > enough) return { rows, looked }
    share = rows.length / looked
  }
  throw new Error('the last source of a search has all that there is')
}

const slow = pLimit(slowAtOnce)

/**
 * Asks what may take seconds, a few searches at a time: a few visitors would have all connections, and every page wait. Who has
 * waited for as long as for a connection by then is told to come again.
 */
function inTurn<T>(ask: () => Promise<T>) {
  const since = performance.now()
  return slow(() => {
    if (performance.now() - since > acquireTimeout)
      throw new Exception('other slow searches go on for too long', { status: 503 })
    return ask()
  })
}

/** The source of listings by their ids; on SQLite with one text for all, which is prepared once. */
export function sourceByIds(ids: number[]): Source {
  const [where, bindings]: [string, Bindings] = onMySQL()
    ? [ids.length ? `letting_id in (${ids})` : 'false', []]
    : ['letting_id in (select value from json_each(?))', [JSON.stringify(ids)]]
  return { from: 'listings', idsFrom: 'listings', where, bindings, id: 'letting_id' }
}

/** The rows of a query. */
export async function query(sql: string, bindings: Bindings = []): Promise<any[]> {
  const result: any = await db.rawQuery(sql, bindings).timeout(queryTimeout)
  return onMySQL() ? result[0] : result
}
