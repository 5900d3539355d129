import { test } from '@japa/runner'
import { lettingRowValidator } from '#validators/letting'
import { profileRowValidator } from '#validators/profile'

const letting = {
  title: 'Oceanview Retreat',
  number: 4,
  street: 'Military Street',
  city: 'Willoughby',
  state: 'OH',
  zipCode: '44094',
  countryIsoCode: 'USA',
}
const profile = {
  username: 'AirWow',
  firstName: 'Ada',
  lastName: 'Paul',
  email: '',
  favoriteCity: '',
}

const complaints = (validation: Promise<unknown>) =>
  validation.then(
    () => [],
    (error) => error.messages.map((message: any) => `${message.field} ${message.message}`)
  )

test.group('What a letting must be like', () => {
  for (const [field, value, complaint] of [
    ['title', '', 'is empty'],
    ['title', '   ', 'is empty'],
    ['title', undefined, 'is missing'],
    ['title', null, 'is missing'],
    ['title', 7, 'must be text'],
    ['title', 'é'.repeat(257), 'must have 1 to 256 characters, not 257'],
    ['title', 'a\0b', 'holds control characters'],
    ['title', '\ud83c alone', 'holds half a character (a lone surrogate)'],
    ['number', -1, 'must be from 0 to 9999'],
    ['number', 10_000, 'must be from 0 to 9999'],
    ['number', 1.5, 'must be a whole number'],
    ['number', '12', 'must be a whole number'],
    ['number', true, 'must be a whole number'],
    ['street', 'x'.repeat(65), 'must have 1 to 64 characters, not 65'],
    ['street', 'two\nlines', 'holds control characters'],
    ['city', '', 'is empty'],
    ['state', 'O', 'must have 2 characters, not 1'],
    ['state', 'Ohio', 'must have 2 characters, not 4'],
    ['zipCode', '', 'is empty'],
    ['zipCode', 44_094, 'must be text'],
    ['zipCode', '12345-67890', 'must have 1 to 10 characters, not 11'],
    ['countryIsoCode', 'US', 'must have 3 characters, not 2'],
    ['countryIsoCode', 'usa', 'must be three capital letters of ISO 3166-1, such as USA'],
    ['countryIsoCode', '840', 'must be three capital letters of ISO 3166-1, such as USA'],
    ['id', 0, 'must be from 1 to 2147483647'],
    ['id', 2 ** 31, 'must be from 1 to 2147483647'],
  ] as const) {
    test(`its ${field} ${JSON.stringify(value)?.slice(0, 20)} ${complaint}`, async ({ assert }) => {
      const found = await complaints(lettingRowValidator.validate({ ...letting, [field]: value }))
      assert.deepEqual(found, [`${field} ${complaint}`])
    })
  }

  test('a title may run over lines and hold emoji, each of which counts as one', async ({
    assert,
  }) => {
    const title = `first\r\nsecond ${'🏡'.repeat(241)}`
    assert.include(await lettingRowValidator.validate({ ...letting, title }), { title })
  })

  test('spaces around a text go', async ({ assert }) => {
    assert.include(await lettingRowValidator.validate({ ...letting, city: ' Köln\t' }), {
      city: 'Köln',
    })
  })

  test('marks are composed, as in the words of a search', async ({ assert }) => {
    const title = 'E\u0301toile'
    assert.include(await lettingRowValidator.validate({ ...letting, title }), {
      title: '\u00c9toile',
    })
  })

  test('all that is wrong is said at once', async ({ assert }) => {
    assert.lengthOf(await complaints(lettingRowValidator.validate({})), 7)
  })
})

test.group('What a profile must be like', () => {
  for (const username of ['AirWow', 'žluťoučký', 'a@b.c+d-e_f', '名前', '..a', 'x'.repeat(150)]) {
    test(`its user may be called ${username.slice(0, 20)}`, async ({ assert }) => {
      assert.include(await profileRowValidator.validate({ ...profile, username }), { username })
    })
  }

  for (const username of [
    '',
    '.',
    '..',
    'a b',
    'a/b',
    'a?b',
    '🏡',
    'a\0',
    'x'.repeat(151),
    undefined,
    7,
  ]) {
    test(`its user may not be called ${JSON.stringify(username)?.slice(0, 20)}`, async ({
      assert,
    }) => {
      assert.lengthOf(await complaints(profileRowValidator.validate({ ...profile, username })), 1)
    })
  }

  test('a username is composed', async ({ assert }) => {
    assert.include(await profileRowValidator.validate({ ...profile, username: 'e\u0301ﬁ' }), {
      username: 'éfi',
    })
  })

  test('an e-mail address is one, or empty', async ({ assert }) => {
    assert.deepEqual(
      await complaints(profileRowValidator.validate({ ...profile, email: 'nobody' })),
      ['email must be an e-mail address, or empty']
    )
  })
})
