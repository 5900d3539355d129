import { test } from '@japa/runner'
import fc from 'fast-check'
import { lettering, letters } from '#services/lettering'

test.group('Lettering', () => {
  test('knows A to Z, 0 to 9 and the hyphen', ({ assert }) => {
    for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-') {
      assert.match(lettering(letter).d, /^M/, letter)
    }
  })

  test('writes {0} as {1}')
    .with([
      ['Élodie', 'ELODIE'],
      ['sw1a  1aa', 'SW1A 1AA'],
      ['Łódź', 'LODZ'],
      ['Ærø þór', 'AERO THOR'],
      ['Мария', ''],
      ['🏡 90210', ' 90210'],
    ])
    .run(({ assert }, [text, written]) => assert.equal(letters(text).join(''), written))

  test('centres a line on its origin', ({ assert }) => {
    const { d, width } = lettering('HH')
    const starts = Array.from(d.matchAll(/M(-?[\d.]+) /g), ([, x]) => Number(x))
    assert.equal(Math.min(...starts), -width / 2)
    assert.equal(Math.max(...starts), width / 2)
  })

  test('makes a path of nothing but path from any text', ({ assert }) => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) =>
        assert.match(lettering(text).d, /^[\d MmLlHhVvCcAaSsZz.-]*$/)
      )
    )
  })
})
