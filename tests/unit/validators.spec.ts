import { test } from '@japa/runner'
import { lettingRowValidator } from '#validators/letting'
import { passwordValidator, profileRowValidator } from '#validators/profile'

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
    ['street', 'two\u2028lines', 'holds control characters'],
    ['city', '', 'is empty'],
    ['city', 'x'.repeat(65), 'must have 1 to 64 characters, not 65'],
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
    const title = `first\r\n\tsecond ${'🏡'.repeat(240)}`
    assert.include(await lettingRowValidator.validate({ ...letting, title }), { title })
  })

  test('what is as small, or as large, as may be is taken', async ({ assert }) => {
    const [text64, zipCode] = ['東'.repeat(64), '1234567890']
    const largest = { ...letting, number: 9999, street: text64, city: text64, zipCode }
    const smallest = { ...letting, title: 'x', number: 0, street: 'x', city: 'x', zipCode: '1' }
    for (const row of [
      { ...smallest, id: 1 },
      { ...largest, id: 2 ** 31 - 1 },
    ])
      assert.deepEqual(await lettingRowValidator.validate(row), row)
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

  test('a profile has names, an e-mail address and a city no longer than their columns', async ({
    assert,
  }) => {
    const of = (more: number) => ({
      username: 'AirWow',
      firstName: 'é'.repeat(150 + more),
      lastName: 'é'.repeat(150 + more),
      // as long as each of their parts may be, but for the last
      email: `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61 + more)}`,
      favoriteCity: 'é'.repeat(64 + more),
    })
    assert.deepEqual(await profileRowValidator.validate(of(0)), of(0))
    assert.deepEqual(await complaints(profileRowValidator.validate(of(1))), [
      'firstName must have at most 150 characters, not 151',
      'lastName must have at most 150 characters, not 151',
      'email must have at most 254 characters, not 255',
      'favoriteCity must have at most 64 characters, not 65',
    ])
  })

  test('a password has 8 to 256 characters, however many bytes these are', async ({ assert }) => {
    const refused = (count: number) =>
      complaints(passwordValidator.validate({ password: '🏡'.repeat(count) }))
    assert.deepEqual(await Promise.all([8, 256].map(refused)), [[], []])
    for (const count of [7, 257])
      assert.deepEqual(await refused(count), [
        `password must have 8 to 256 characters, not ${count}`,
      ])
  })
})
