import { test } from '@japa/runner'
import { decodeCursor, encodeCursor } from '#services/lists/cursor'
import { about, exactly, inWords, pageOf, PER_PAGE } from '#services/pager'

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)

/** A page of rows that are their own ids, as a query gives them from a cursor on. */
const page = (rows: number[], cursor?: { backwards: boolean }) =>
  pageOf(
    rows,
    exactly(100),
    { cursor, beside: (direction, { id }) => `${direction} ${id}` },
    (id) => ({ id })
  )

test.group('Pages of a list', () => {
  test('a list that fits on one page has none beside it', ({ assert }) => {
    const none = { rows: [], total: exactly(100), previous: undefined, next: undefined }
    for (const cursor of [undefined, { backwards: false }, { backwards: true }])
      assert.deepEqual(page([], cursor), none)
    assert.isUndefined(page(numbers(1, PER_PAGE)).next)
  })

  test('one row more than a page has means that there is a next one', ({ assert }) => {
    const { rows, next, previous } = page(numbers(1, PER_PAGE + 1))
    assert.deepEqual([rows.length, next, previous], [PER_PAGE, `after ${PER_PAGE}`, undefined])
  })

  test('a cursor is read back, also of a title that no rule has checked', ({ assert }) => {
    for (const key of ['\x01'.repeat(256), '🏠'.repeat(600)])
      assert.deepEqual(decodeCursor(encodeCursor({ id: 1, key }), true), { id: 1, key })
  })

  test('a cursor has one spelling', ({ assert }) => {
    const cursor = encodeCursor({ id: 10 })
    assert.deepEqual(decodeCursor(cursor, false), { id: 10, key: undefined })
    const others = [`${cursor}=`, `!${cursor}`, ...['[10 ]', '[1e1]', '[10,null]'].map((text) => Buffer.from(text).toString('base64url'))] // prettier-ignore
    for (const other of others) assert.isUndefined(decodeCursor(other, false), other)
  })

  test('what is no id, or no text that a row could have, is in no cursor', ({ assert }) => {
    for (const id of [-1, 1.5, 2 ** 31])
      assert.isUndefined(decodeCursor(encodeCursor({ id }), false), String(id))
    assert.isUndefined(decodeCursor(encodeCursor({ id: 1, key: '\ud800' }), true))
  })

  test('behind a cursor there is a page before it', ({ assert }) => {
    const { previous, next } = page([5, 6], { backwards: false })
    assert.deepEqual([previous, next], ['before 5', undefined])
  })

  test('backwards the rows come the other way round', ({ assert }) => {
    const { rows, previous, next } = page(numbers(1, PER_PAGE + 1).reverse(), { backwards: true })
    assert.deepEqual(rows, numbers(2, PER_PAGE))
    assert.deepEqual([previous, next], ['before 2', `after ${PER_PAGE + 1}`])
  })

  test('a total is exact, or a guess of two digits', ({ assert }) => {
    assert.deepEqual(
      [exactly(1_006), exactly(0), about(0), about(1_049), about(123_456), about(7)].map(inWords),
      ['1,006', '0', 'about 0', 'about 1,000', 'about 120,000', 'about 7']
    )
  })
})
