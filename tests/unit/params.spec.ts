import { test } from '@japa/runner'
import fc from 'fast-check'
import { parseId, parseUsername } from '#services/params'

const status = (parse: () => unknown) => {
  try {
    parse()
    return 200
  } catch (error) {
    return (error as { status: number }).status
  }
}

test.group('Ids in URLs', () => {
  test('every id that a database can hold is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (id) => parseId(String(id)) === id)
    )
  })

  test('any other text is a page that does not exist', ({ assert }) => {
    const canonical = (text: string) => /^[1-9]\d*$/.test(text) && BigInt(text) < 2n ** 31n
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+0-9.e ]{1,24}$/)), (text) => {
        fc.pre(!canonical(text))
        assert.equal(
          status(() => parseId(text)),
          404
        )
      })
    )
  })

  test('{text} is not an id')
    .with(
      ['0', '01', '1.0', '1e3', ' 1', '1 ', '+1', '-1', '２', '2147483648', '1'.repeat(20)].map(
        (text) => ({ text })
      )
    )
    .run(({ assert }, { text }) =>
      assert.equal(
        status(() => parseId(text)),
        404
      )
    )
})

test.group('Usernames', () => {
  test('letters and digits of any script and @ . + - _ are kept', ({ assert }) => {
    for (const name of [
      'AirWow',
      'zoë',
      '李小龙',
      'محمد',
      'a@b.c+d-e_f',
      'नमस्ते',
      '4meRomance',
      'x'.repeat(150),
    ]) {
      assert.equal(parseUsername(name), name.normalize('NFKC'))
    }
  })

  test('two ways to write the same letters are one name', ({ assert }) => {
    assert.equal(parseUsername('zoe\u0308'), parseUsername('zoë'))
    assert.equal(parseUsername('ＡｉｒＷｏｗ'), 'AirWow')
  })

  test('whatever is read is a username, and reading it again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        if (status(() => parseUsername(text)) === 404) return true
        const name = parseUsername(text)
        return parseUsername(name) === name && !/[\s/\\<>"'%?#]/.test(name)
      })
    )
  })

  test('{text} is not a username')
    .with(
      ['', 'a b', 'a/b', '<b>', 'a\0', 'x'.repeat(151), "o'neil", '🏠'].map((text) => ({ text }))
    )
    .run(({ assert }, { text }) =>
      assert.equal(
        status(() => parseUsername(text)),
        404
      )
    )
})
