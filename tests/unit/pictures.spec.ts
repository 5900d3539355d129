import { test } from '@japa/runner'
import { toPng } from '#services/pictures'

const square = (color: string, size = 8) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}"><path fill="${color}" d="M0 0h8v8H0z"/></svg>`

test.group('Pictures', () => {
  test('are PNGs, drawn once and kept', async ({ assert }) => {
    const png = await toPng(square('#123'))
    assert.equal(png!.subarray(1, 4).toString(), 'PNG')
    assert.strictEqual(await toPng(square('#123')), png)
  })

  test('are drawn one after the other, and no more than a few may wait', async ({ assert }) => {
    const drawn: number[] = []
    const sizes = [2_000, 9, 8] // at the same time the first would be the last
    await Promise.all(sizes.map((size) => toPng(square('#abc', size)).then(() => drawn.push(size))))
    assert.deepEqual(drawn, sizes)
    const colors = Array.from({ length: 40 }, (_, at) => `#${String(at).padStart(3, '0')}`)
    const pngs = await Promise.all(colors.map((color) => toPng(square(color))))
    assert.lengthOf(pngs.filter(Boolean), 16)
    assert.isDefined(await toPng(square('#fff')))
  })

  test('that cannot be drawn are not kept, and hold up none behind them', async ({ assert }) => {
    await assert.rejects(() => toPng('not a picture'))
    await assert.rejects(() => toPng('not a picture'))
    assert.isDefined(await toPng(square('#abc')))
  })

  test('make room for new ones', async ({ assert }) => {
    const first = await toPng(square('#f00'))
    for (let at = 100; at < 164; at++) await toPng(square(`#${at}`))
    const again = await toPng(square('#f00'))
    assert.notStrictEqual(again, first)
    assert.isTrue(again!.equals(first!))
  })
})
