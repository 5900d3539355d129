import {
  type Bindings,
  firstFound,
  query,
  type Source,
  sourceByIds,
  sourcesOf,
} from '#services/lists/engine'
import { roomOf } from '#services/lists/gaps'
import { COLUMNS, Listing } from '#services/lists/listing'
import { MOST, nameOf, type Place, placesOf } from '#services/lists/places'
import { COLUMNS as PLACE, LEVELS, type Search } from '#services/lists/search'
import type { Word } from '#services/lists/words'
import { about, exactly, type Page, pageOf, PER_PAGE, type Total } from '#services/pager'

/** Matches of words that are counted, and of a list that is narrowed to some that are sorted. */
const COUNTED = 250
const SORTED = 1_000

/** Matches among the newest that are sorted without a look for more. */
const SAMPLE = 100

/** Listings that are counted from the oldest of those matches on. */
const PASSED = 2_000

/** What a search could be narrowed to. Its count is left out where it would be a guess. */
type Facet = { name: string; count?: number }

type Found = Page<Listing> & {
  facets: Facet[]
  /** How many these are, where there may be others. */
  most?: number
  /** How many of the newest are sorted, where that is not all. */
  sorted?: number
  /** Where no letting has all words of a search, those that some have. */
  alone: string[]
}

/** The page of lettings that a search is for. */
export async function findLettings(search: Search): Promise<Found> {
  const { place, within } = await placesOf(search)
  const isWordless = search.q && !search.words.length
  if (!place || isWordless) return { rows: [], total: exactly(0), facets: [], alone: [] }
  const { words, sort, cursor } = search
  const matches = words.length ? await matchesOf(search, place) : undefined
  const total = matches?.total ?? exactly(place.count)
  const rows =
    sort === 'newest'
      ? await newestRows(search, place, matches)
      : search.isNarrow
        ? await sortedRows(search, place, matches)
        : await orderedRows(search)
  // before a page there is a whole one, or it is the first one that is meant
  if (cursor?.backwards && rows.length < PER_PAGE) return findLettings(search.first)

  const listings = rows.map((row) => new Listing(row))
  const page = pageOf(listings, total, search, ({ id, title, address }) =>
    sort === 'newest' ? { id } : { id, key: sort === 'title' ? title : address.city }
  )
  const facets = matches ? await facetsOf(place, within, matches) : within.map(toFacet)
  const sortable = Math.min(SORTED, matches?.ids.length ?? SORTED)
  const hasMore = matches ? !total.isExact : total.count > sortable
  const isCut = sort !== 'newest' && search.isNarrow && hasMore
  return {
    ...page,
    facets: facets.filter(({ name }) => search.takes(name)),
    most: facets.length === MOST ? MOST : undefined,
    sorted: isCut ? sortable : undefined,
    alone: matches?.ids.length === 0 && words.length > 1 ? await aloneIn(place, words) : [],
  }
}

/** The newest matches of words, at least a page of them or all. */
type Matches = { ids: number[]; total: Total }

/** Asks for the newest matches; where there are more, their number is guessed from how close together they are. */
async function matchesOf({ words, sort }: Search, place: Place): Promise<Matches> {
  const [most, enough] = sort === 'newest' ? [COUNTED, PER_PAGE] : [SORTED, SAMPLE]
  const { rows, looked } = await firstFound({ words, place }, enough, ({ id, idsFrom, ...of }) =>
    query(
      `select ${id} as id from ${idsFrom} where ${of.where} order by ${id} desc limit ${most + 1}`,
      of.bindings
    )
  )
  const ids: number[] = rows.map((row) => row.id)
  const guess = (share: number) =>
    about(Math.max(ids.length, Math.min(place.count, Math.round(ids.length * share))))
  if (ids.length > most) return { ids, total: guess(await shareFrom(ids.at(-1)!)) }
  return { ids, total: looked ? guess(place.count / looked) : exactly(ids.length) }
}

/** The words that lettings of a place have, each for itself. */
async function aloneIn(place: Place, words: Word[]) {
  const alone: string[] = []
  for (const word of words) {
    const { rows } = await firstFound({ words: [word], place }, 0, ({ id, idsFrom, ...of }) =>
      query(`select ${id} as id from ${idsFrom} where ${of.where} limit 1`, of.bindings)
    )
    if (rows.length) alone.push(word.word)
  }
  return alone
}

/** How many times as many listings there are as from one on. */
async function shareFrom(low: number) {
  const [{ first, last, passed, everything }] = await query(
    `select (select min(letting_id) from listings) as first, (select max(letting_id) from listings) as last,
       (select count(*) from (select 1 from listings where letting_id >= ? limit ${PASSED}) passed) as passed,
       (select count from places where level = 0) as everything`,
    [low]
  )
  // ids have gaps: where there is little to count, it is counted; all may have been deleted meanwhile
  if (passed < PASSED) return passed && everything / passed
  const [below, above] = await roomOf('listings', 'letting_id', [first, low, last])
  return (below + above) / above
}

/** The newest first, from the cursor on. */
async function newestRows({ words, cursor }: Search, place: Place, matches?: Matches) {
  const order = cursor?.backwards ? 'asc' : 'desc'
  const ask = ({ id, from, where, bindings }: Source) =>
    query(
      `select ${COLUMNS} from ${from} where ${where} order by ${id} ${order} limit ${PER_PAGE + 1}`,
      bindings
    )
  if (matches && !cursor) return ask(sourceByIds(matches.ids.slice(0, PER_PAGE + 1)))
  const { rows } = await firstFound({ words, place, cursor }, PER_PAGE, ask)
  return rows
}

/** All lettings by an index of what they are sorted by. */
function orderedRows({ sort, cursor }: Search) {
  const [beyond, order] = cursor?.backwards ? ['<', 'desc'] : ['>', 'asc']
  const rows = (where: string, by: string) =>
    `select * from (select ${COLUMNS} from listings where ${where} order by ${by} limit ${PER_PAGE + 1})`
  const ids = `letting_id ${order}`
  const keys = `${sort} ${order}, ${ids}`
  if (!cursor) return query(`${rows('true', keys)} ordered`)
  return query(
    `${rows(`${sort} = ? and letting_id ${beyond} ?`, ids)} same union all ${rows(`${sort} ${beyond} ?`, keys)} others
     order by ${keys} limit ${PER_PAGE + 1}`,
    [cursor.key!, cursor.id, cursor.key!]
  )
}

/** The newest of those that a search finds, sorted. */
function sortedRows({ words, sort, cursor }: Search, place: Place, matches?: Matches) {
  const [beyond, order] = cursor?.backwards ? ['<', 'desc'] : ['>', 'asc']
  const keys: Bindings = cursor ? [cursor.key!, cursor.key!, cursor.id] : []
  const { from, where, bindings, id } = matches
    ? sourceByIds(matches.ids)
    : sourcesOf({ words, place }).at(-1)!
  return query(
    `select * from (select ${COLUMNS} from ${from} where ${where} order by ${id} desc limit ${SORTED}) newest
     where ${cursor ? `${sort} ${beyond} ? or (${sort} = ? and letting_id ${beyond} ?)` : 'true'}
     order by ${sort} ${order}, letting_id ${order} limit ${PER_PAGE + 1}`,
    [...bindings, ...keys]
  )
}

const toFacet = (place: Place): Facet => ({ name: nameOf(place), count: place.count })

/** What is within a place, with the number of the matches there if these could be counted. */
async function facetsOf(place: Place, within: Place[], { ids, total }: Matches): Promise<Facet[]> {
  if (!total.isExact) return within.map((inner) => ({ name: nameOf(inner) }))
  if (!within.length) return []
  const column = PLACE[LEVELS[place.level]]
  const { where, bindings } = sourceByIds(ids)
  return query(
    `select ${column} as name, count(*) as count from listings where ${where} and ${column} <> ''
     group by ${column} order by count desc, name limit ${MOST}`,
    bindings
  )
}
