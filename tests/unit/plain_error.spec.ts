import db from '@adonisjs/lucid/services/db'
import { test } from '@japa/runner'
import { plainError } from '#services/plain_error'

const thrownBy = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error) => plainError(error) as any
  )

test.group('Errors in logs', () => {
  test('a failed query shows no value that was bound to it: {values}')
    .with([
      { values: ["O'Hara"] },
      { values: ['back\\slash', "it's"] },
      { values: ['two\nlines', '\n    at fake (file.ts:1:1)'] },
      { values: [424_242, -7.5] },
    ])
    .run(async ({ assert }, { values }) => {
      const query = db.from('users').whereIn('no_such_column', values)
      const { type, message, stack, code } = await thrownBy(query.exec())
      for (const value of values) {
        assert.notInclude(message + stack, String(value))
        assert.notInclude(message + stack, JSON.stringify(value).slice(1, -1))
      }
      assert.include(message, 'no_such_column')
      assert.match(stack, /\n +at /)
      assert.match(`${type} ${code}`, /^\w*Error (SQLITE_ERROR|ER_BAD_FIELD_ERROR)$/)
    })

  test('nor does a row that the database refuses', async ({ assert }) => {
    const row = { username: 'refused-name', password: 'refused-hash', email: 'refused@example.com' }
    const insert = db.table('users').insert({ ...row, no_such_column: 1 })
    assert.notInclude(JSON.stringify(await thrownBy(insert.exec())), 'refused')
  })

  test('other errors keep their words, their causes and nothing else', async ({ assert }) => {
    const deeper = Object.assign(new Error('deeper'), { sql: 'secret' })
    const error = Object.assign(new TypeError("it's 42", { cause: deeper }), {
      code: 'E_X',
      bindings: ['secret'],
    })
    const { stack, cause, ...rest } = plainError(error) as any
    assert.deepEqual(rest, {
      type: 'TypeError',
      message: "it's 42",
      code: 'E_X',
      status: undefined,
    })
    assert.match(stack, /plain_error\.spec\.ts/)
    assert.equal(cause.message, 'deeper')
    assert.notProperty(cause, 'sql')
    assert.equal(plainError('a thrown string'), 'a thrown string')
  })
})
