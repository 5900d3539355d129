import { countryName } from '#services/countries'
import { type Cursor, decodeCursor, encodeCursor } from '#services/lists/cursor'
import { type Word, wordsOf } from '#services/lists/words'
import { notFound } from '#services/params'

export const SORTS = ['newest', 'title', 'city'] as const
type Sort = (typeof SORTS)[number]

/** What narrows a list, each within the one before it, and the columns of `listings` that have it. */
export const COLUMNS = { country: 'country_iso_code', state: 'state', city: 'city' }
export const LEVELS = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]

/** Parameters of a list in the order in which its one address has them. */
const ORDER = ['q', 'country', 'state', 'city', 'sort', 'after', 'before'] as const
type Name = (typeof ORDER)[number]
type Values = Partial<Record<Name, string>>

/** What each must be like, and that in words. */
const RULES: Record<Name, [(value: string, all: Values) => boolean, string]> = {
  q: [(value) => [...value].length <= 200, 'must be text of at most 200 characters'],
  country: [(value) => /^[A-Z]{3}$/.test(value), 'must be three letters of ISO 3166-1, such as USA'],
  state: [(value, { country }) => [...value].length === 2 && Boolean(country), 'must have 2 characters and needs a country'],
  city: [(value, { state }) => [...value].length <= 64 && Boolean(state), 'must have at most 64 characters and needs a state'],
  sort: [(value) => SORTS.includes(value as Sort), `must be one of ${SORTS.join(', ')}`],
  after: [(value, { sort }) => isCursor(value, sort), 'must be what a page says is next, with the same sort'],
  before: [(value, { sort, after }) => !after && isCursor(value, sort), 'must be what a page says is previous, with the same sort, and without after'],
} // prettier-ignore

const tidy = (name: Name, value: string) =>
  name === 'country' ? value.toUpperCase() : value.trim()

const isKeyed = (sort = 'newest') => sort !== 'newest'
const isCursor = (value: string, sort?: string) => decodeCursor(value, isKeyed(sort)) !== undefined

/** What a visitor looks for, and the addresses of what else could be looked for from there. */
export class Search {
  private constructor(
    /** Path of the list, without a query. */
    readonly path: string,
    private readonly values: Values,
    readonly words: Word[]
  ) {}

  /** Reads a query string. What is wrong with it is told by parameter; of the rest a search is made. */
  static parse(path: string, query: Record<string, unknown>, names: readonly Name[] = ORDER) {
    const values: Values = {}
    const problems: { parameter: string; message: string }[] = []
    for (const name of ORDER) {
      const given = query[name]
      if (given === undefined || given === '' || !names.includes(name)) continue
      const value =
        typeof given !== 'string' || given.includes('\0') ? undefined : tidy(name, given)
      const [isRight, message] = RULES[name]
      if (value === undefined || !isRight(value, values))
        problems.push({ parameter: name, message })
      else values[name] = value
    }
    return { search: new Search(path, values, wordsOf(values.q ?? '')), problems }
  }

  get q() {
    return this.values.q ?? ''
  }

  get country() {
    return this.values.country ?? ''
  }

  get state() {
    return this.values.state ?? ''
  }

  get city() {
    return this.values.city ?? ''
  }

  get sort() {
    return (this.values.sort ?? 'newest') as Sort
  }

  /** The row that the page is next to, and on which side. */
  get cursor(): (Cursor & { backwards: boolean }) | undefined {
    const { after, before, sort } = this.values
    const cursor = decodeCursor(after ?? before ?? '', isKeyed(sort))
    return cursor && { ...cursor, backwards: before !== undefined }
  }

  /** Whether it is for some of the lettings only. */
  get isNarrow() {
    return this.q !== '' || this.country !== ''
  }

  /** The address of this search. */
  get url() {
    return this.to(this.values)
  }

  /** The address of its first page with other values; an empty one takes a parameter away. */
  with(changes: Values) {
    return this.to({ ...this.values, after: '', before: '', ...changes })
  }

  /** The address of the page behind a row or before it. */
  beside(direction: 'after' | 'before', cursor: Cursor) {
    return this.with({ [direction]: encodeCursor(cursor) })
  }

  /** What it is narrowed to, each with the address that it would have without that and what is within. */
  get chosen() {
    const { country, state, city } = this
    return [
      { text: countryName(country), without: { country: '', state: '', city: '' } },
      { text: state, without: { state: '', city: '' } },
      { text: city, without: { city: '' } },
    ].flatMap(({ text, without }) => (text ? [{ text, without: this.with(without) }] : []))
  }

  /** The address of this search narrowed to a country or, within what is chosen, to a state or a city. */
  narrowed(name: string) {
    return this.with({ [LEVELS[this.chosen.length]]: name })
  }

  /** Whether there is such an address for a name: rows of another site that no rule has checked may have others. */
  takes(name: string) {
    const level = LEVELS[this.chosen.length]
    return tidy(level, name) === name && RULES[level][0](name, this.values)
  }

  /** The address of the same words in all places. */
  get anywhere() {
    return this.with({ country: '', state: '', city: '' })
  }

  /** «in Savannah, GA, United States of America» */
  get place() {
    const names = this.chosen.map(({ text }) => text).reverse()
    return names.length ? `in ${names.join(', ')}` : ''
  }

  /** «for “hut” in GA, United States of America» */
  get inWords() {
    return [this.q && `for “${this.q}”`, this.place].filter(Boolean).join(' ')
  }

  private to(values: Values) {
    const query = new URLSearchParams()
    for (const name of ORDER) {
      const value = values[name]
      if (value && !(name === 'sort' && value === 'newest')) query.set(name, value)
    }
    return this.path + (query.size ? `?${query}` : '')
  }

  /** The first page of this search. */
  get first() {
    return new Search(
      this.path,
      { ...this.values, after: undefined, before: undefined },
      this.words
    )
  }
}

/**
 * The search of a page's query string. A parameter that is malformed is left aside; but without its cursor it would be another
 * page, so that one with a forged cursor does not exist.
 */
export function searchOf(path: string, query: Record<string, unknown>, names?: readonly Name[]) {
  const { search, problems } = Search.parse(path, query, names)
  const isForged = problems.some(({ parameter }) => ['after', 'before'].includes(parameter))
  if (isForged) throw notFound(path)
  return search
}
