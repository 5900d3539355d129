import { test } from '@japa/runner'
import SQLite from 'better-sqlite3'
import { tokens, wordsOf } from '#services/lists/words'

test.group('Words of a query', () => {
  test('are letters and digits of any script, each once', ({ assert }) => {
    const words = (query: string) => wordsOf(query).map(({ word }) => word)
    assert.deepEqual(words(' café-Hut, "café"* 31401 + 東京:'), ['café', 'Hut', '31401', '東京'])
    assert.deepEqual(words("O'Neill’s"), ['O', 'Neill', 's'])
    assert.deepEqual(words('🏡 "*)( -'), [])
    // marks of their own are composed, and left out where no letter has them
    assert.deepEqual(words('Cafe\u0301 x\u0301y'), ['Café', 'xy'])
  })

  test('are at most eight, of at most 64 letters', ({ assert }) => {
    assert.lengthOf(wordsOf('a b c d e f g h i j k'), 8)
    assert.equal(wordsOf('x'.repeat(100))[0].word, 'x'.repeat(64))
  })

  test('stand for the countries that they name', ({ assert }) => {
    const codes = (query: string) => wordsOf(query)[0].codes
    assert.deepEqual(codes('germ'), ['deu'])
    assert.deepEqual(codes('switzerland'), ['che'])
    assert.deepEqual(codes('curacao'), ['cuw'])
    assert.include(codes('STATES'), 'usa')
    assert.deepEqual(codes('ge'), [])
    assert.deepEqual(codes('xyz'), [])
    assert.include(codes('UK'), 'gbr')
  })

  test('of a name that a country has are all that country’s', ({ assert }) => {
    const names = ['United States of America', 'Côte d’Ivoire', 'Isle of Man', 'El Salvador']
    for (const name of [...names, 'Great Britain', 'Ivory Coast'])
      assert.isTrue(
        ['usa', 'civ', 'imn', 'slv', 'gbr'].some((code) =>
          wordsOf(name).every(({ codes }) => codes.includes(code))
        ),
        name
      )
  })

  test('are words to FTS5 too, whatever letters they have', () => {
    const database = new SQLite(':memory:')
    database.exec(
      "create virtual table words using fts5 (text, content = '', contentless_delete = 1, detail = column)"
    )
    const match = database.prepare('select rowid from words where words match ?')
    // many to a query, for there are a million
    for (let first = 0x80; first < 0x110000; first += 0x80) {
      const codes = Array.from({ length: 0x80 }, (_, at) => first + at)
      const words = codes
        .filter((code) => code < 0xd800 || code >= 0xe000)
        .flatMap((code) => tokens(`a${String.fromCodePoint(code)}b`))
      // most of them are just the letters around what is none
      const query = Array.from(new Set(words), (word) => `"${word}"*`).join(' OR ')
      if (query) match.all(query)
    }
    database.close()
  })
})
