import { test } from '@japa/runner'
import { DjangoHasher } from '#services/django_hasher'

const hasher = new DjangoHasher({ iterations: 1_000 })
const ORIGINAL = 'pbkdf2_sha256$180000$p35UH2yYInHF$4LTphT2basUmvfLq+XHETVvKONZrWUsLfKu1K8/Hqdk='

test.group("Django's hashes", () => {
  test('verify the password that they were made of, and no other', async ({ assert }) => {
    assert.isTrue(await hasher.verify(ORIGINAL, 'Abc1234!'))
    assert.isFalse(await hasher.verify(ORIGINAL, 'abc1234!'))
    assert.isFalse(await hasher.verify(ORIGINAL, ''))
  })

  test('verify with any number of iterations', async ({ assert }) => {
    for (const iterations of [1, 20_000, 1_000_000]) {
      const hash = await new DjangoHasher({ iterations }).make('pässword')
      assert.isTrue(hash.startsWith(`pbkdf2_sha256$${iterations}$`))
      assert.isTrue(await hasher.verify(hash, 'pässword'))
    }
  })

  test('have a salt of their own each', async ({ assert }) => {
    assert.notEqual(await hasher.make('same'), await hasher.make('same'))
  })

  test('are to be replaced', ({ assert }) => assert.isTrue(hasher.needsReHash()))

  for (const other of [
    '',
    '!',
    '!abc',
    'md5$a$b',
    'argon2$argon2id$v=19$x',
    ORIGINAL.replace('180000', '0'),
    // a hash that would take minutes
    ORIGINAL.replace('180000', '180000000'),
    ORIGINAL.slice(0, -2),
    `${ORIGINAL}=`,
  ]) {
    test(`are told from ${JSON.stringify(other)}, which nothing verifies`, async ({ assert }) => {
      assert.isFalse(hasher.isValidHash(other))
      assert.isFalse(await hasher.verify(other, 'Abc1234!'))
    })
  }
})
