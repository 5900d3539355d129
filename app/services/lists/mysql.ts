import type { Source, Wanted } from '#services/lists/engine'
import { COLUMNS, LEVELS } from '#services/lists/search'
import type { Word } from '#services/lists/words'

/** The newest listings looked at one by one before the full-text index is asked, which finds all that match before it gives the newest. */
const WALKS = [1_000, 5_000]

/**
 * Words whose letters InnoDB knows, as of the scripts that most are written in. Any that is newer than Unicode 5, or past U+FFFF, parts
 * a word for it, so that nothing but zz may be left: every word begins with that.
 */
const INDEXED =
  /^[\0-\u02e4\u0386-\u03ce\u03d0-\u0513\u05d0-\u05ea\u0621-\u063a\u0640-\u076d\u0904-\u096f\u0e01-\u0e84\u10d0-\u10fc\u1e00-\u1e9b\u1ea0-\u1ef9\u1f00-\u2094\u3005-\u312c\u4e00-\u9fa5\uac00-\ud7a3]+$/

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

  const [likes, patterns] = likesOf(words)
  if (place.count <= WALKS.at(-1)!) return [source(likes, patterns)]

  const walks = WALKS.map((looked): Source => {
    const newest = `(
      select letting_id as id from listings where ${narrowed.join(' and ') || 'true'}
      order by letting_id ${cursor?.backwards ? 'asc' : 'desc'} limit ${looked}) newest`
    const from = `${newest} straight_join listings on letting_id = newest.id`
    const bindings = [...narrowedBy, ...patterns]
    return { from, idsFrom: from, where: likes.join(' and '), bindings, id: 'newest.id', looked }
  })
  if (!words.every(({ word }) => INDEXED.test(word))) return [...walks, source(likes, patterns)]
  // the index finds a country's code in titles as well
  const [again, doubtful] = likesOf(words.filter(({ codes }) => codes.length))
  const match = 'match (words) against (? in boolean mode)'
  return [...walks, source([match, ...again], [words.map(term).join(' '), ...doubtful])]
}

/** What holds for a listing that has all of these words, and what that binds. */
const likesOf = (words: Word[]): [string[], string[]] => [
  words.map(({ codes }) => `(${['words like ?', ...codes.map(() => 'country_iso_code = ?')].join(' or ')})`),
  words.flatMap(({ word, codes }) => [`% zz${word}%`, ...codes]),
] // prettier-ignore

const term = ({ word, codes }: Word) =>
  codes.length
    ? `+(${[`zz${word}*`, ...codes.map((code) => `zz${code}`)].join(' ')})`
    : `+zz${word}*`
