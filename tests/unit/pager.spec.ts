import { test } from '@japa/runner'
import fc from 'fast-check'
import { Pager, PER_PAGE } from '#services/pager'

test.group('Pager', () => {
  test('an empty list has one page with nothing on it', ({ assert }) => {
    const pager = new Pager('/lettings', 1, 0, [])
    assert.deepEqual([pager.pages, pager.first, pager.last, pager.numbers], [1, 0, 0, [1]])
  })

  test('says which rows of how many are on the page', ({ assert }) => {
    const pager = new Pager('/lettings', 3, 60, [])
    assert.deepEqual([pager.pages, pager.first, pager.last], [3, 49, 60])
  })

  test('the first page has the address of the list', ({ assert }) => {
    const pager = new Pager('/lettings', 2, 60, [])
    assert.deepEqual([pager.url(1), pager.url(2)], ['/lettings', '/lettings?page=2'])
  })

  test('shows the ends, the neighbours and a 0 for each gap', ({ assert }) => {
    assert.deepEqual(new Pager('/', 5, 10 * PER_PAGE, []).numbers, [1, 0, 4, 5, 6, 0, 10])
    assert.deepEqual(new Pager('/', 1, 10 * PER_PAGE, []).numbers, [1, 2, 0, 10])
    assert.deepEqual(new Pager('/', 2, 3 * PER_PAGE, []).numbers, [1, 2, 3])
  })

  test('numbers rise, hold both ends and this page, and are few', () => {
    const list = fc.record({ total: fc.nat(1e7), at: fc.double({ min: 0, max: 1, noNaN: true }) })
    fc.assert(
      fc.property(list, ({ total, at }) => {
        const { pages } = new Pager('/', 1, total, [])
        const page = 1 + Math.floor(at * (pages - 1))
        const { numbers } = new Pager('/', page, total, [])
        const shown = numbers.filter(Boolean)
        return (
          [1, page, pages].every((number) => shown.includes(number)) &&
          shown.every((number, index) => index === 0 || number > shown[index - 1]) &&
          numbers.length <= 7
        )
      })
    )
  })
})
