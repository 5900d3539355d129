import type { Cursor } from '#services/lists/cursor'

/** Rows on a page of a list. */
export const PER_PAGE = 24

/** How many rows a list has, to the row or about. */
export type Total = { count: number; isExact: boolean }

export const exactly = (count: number): Total => ({ count, isExact: true })

/** A guess, told by two digits. */
export const about = (guess: number): Total => ({
  count: Number(guess.toPrecision(2)),
  isExact: false,
})

/** «1,006», «about 14,000» */
export const inWords = ({ count, isExact }: Total) =>
  `${isExact ? '' : 'about '}${count.toLocaleString('en')}`

/** A page of rows, and the addresses of those before and behind it. */
export type Page<Row> = { rows: Row[]; total: Total; previous?: string; next?: string }

/**
 * Makes a page of rows as a query gives them from a cursor on, one more of them than a page has where it goes on: backwards they
 * come in the other order. `list` knows where the page is and the addresses of those beside it.
 */
export function pageOf<Row>(
  found: Row[],
  total: Total,
  list: {
    cursor?: { backwards: boolean }
    beside(direction: 'after' | 'before', cursor: Cursor): string
  },
  keyOf: (row: Row) => Cursor
): Page<Row> {
  const rows = found.slice(0, PER_PAGE)
  const { cursor } = list
  if (cursor?.backwards) rows.reverse()
  const goesOn = found.length > PER_PAGE
  const [first, last] = [rows[0], rows.at(-1)]
  const hasPrevious = first && (cursor?.backwards ? goesOn : cursor)
  const hasNext = last && (cursor?.backwards || goesOn)
  return {
    rows,
    total,
    previous: hasPrevious ? list.beside('before', keyOf(first)) : undefined,
    next: hasNext ? list.beside('after', keyOf(last)) : undefined,
  }
}
