import type { Source, Wanted } from '#services/lists/engine'
import { COLUMNS, LEVELS } from '#services/lists/search'
import type { Word } from '#services/lists/words'

/** The newest listings looked at one by one before the full-text index is asked, which finds all that match before it gives the newest. */
const WALKS = [1_000, 5_000]

/** FULLTEXT for words that few have; those that many have are found sooner among the newest. */
export function mysqlSources({ words, place, cursor }: Wanted): Source[] {
  const chosen = LEVELS.filter((level) => place[level])
  const narrowed = [
    ...chosen.map((level) => `${COLUMNS[level]} = ?`),
    ...(cursor ? [`letting_id ${cursor.backwards ? '>' : '<'} ?`] : []),
  ]
  const narrowedBy = [...chosen.map((level) => place[level]), ...(cursor ? [cursor.id] : [])]
  const source = (conditions: string[], bindings: Source['bindings']): Source => ({
    from: 'listings',
    idsFrom: 'listings',
    where: [...narrowed, ...conditions].join(' and ') || 'true',
    bindings: [...narrowedBy, ...bindings],
    id: 'letting_id',
  })
  if (!words.length) return [source([], [])]

  const likes = words.map(({ codes }) => `(${['', ...codes].map(() => 'words like ?').join(' or ')})`) // prettier-ignore
  const patterns = words.flatMap(({ word, codes }) => [
    `% zz${word}%`,
    ...codes.map((code) => `% zz${code} %`),
  ])
  if (place.count <= WALKS.at(-1)!) return [source(likes, patterns)]

  const walks = WALKS.map((looked): Source => {
    const newest = `(
      select letting_id as id from listings where ${narrowed.join(' and ') || 'true'}
      order by letting_id ${cursor?.backwards ? 'asc' : 'desc'} limit ${looked}) newest`
    const from = `${newest} straight_join listings on letting_id = newest.id`
    const bindings = [...narrowedBy, ...patterns]
    return { from, idsFrom: from, where: likes.join(' and '), bindings, id: 'newest.id', looked }
  })
  return [
    ...walks,
    source(['match (words) against (? in boolean mode)'], [words.map(term).join(' ')]),
  ]
}

const term = ({ word, codes }: Word) =>
  codes.length
    ? `+(${[`zz${word}*`, ...codes.map((code) => `zz${code}`)].join(' ')})`
    : `+zz${word}*`
