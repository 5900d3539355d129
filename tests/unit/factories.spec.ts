import testUtils from '@adonisjs/core/services/test_utils'
import { test } from '@japa/runner'
import { lettingFactory } from '#database/factories/letting_factory'
import { profileFactory } from '#database/factories/profile_factory'
import { Listing } from '#services/lists/listing'
import { ListedProfile } from '#services/lists/profiles'

test.group('Factories', (group) => {
  group.each.setup(() => testUtils.db().wrapInGlobalTransaction())

  test('plant lettings at addresses, the same each time', async ({ assert }) => {
    const lettings = await lettingFactory({ address: { city: 'Köln' } }).createMany(3)
    const again = await lettingFactory().createMany(3)
    assert.deepEqual(
      lettings.map(({ title }) => title),
      again.map(({ title }) => title)
    )
    const found = await Listing.inCity('köln', 6)
    assert.deepEqual(
      found.map(({ id, address }) => [id, address.street]),
      lettings.map(({ id }, i) => [id, again[i].address.street]).reverse()
    )
  })

  test('plant profiles with their users', async ({ assert }) => {
    const [profile] = await profileFactory({ user: { username: 'Zoë' } })
      .merge({ favoriteCity: 'Berlin' })
      .createMany(1)
    const found = await ListedProfile.find('Zoë')
    assert.deepInclude(found, { id: profile.id, favoriteCity: 'Berlin' })
  })

  test('refuse what the rules refuse, as every save does', async ({ assert }) => {
    await assert.rejects(
      () => lettingFactory({ address: { number: 10_000 } }).create(),
      /Validation/
    )
    await assert.rejects(() => lettingFactory().merge({ title: 'a\0b' }).create(), /Validation/)
    await assert.rejects(() => profileFactory({ user: { username: '..' } }).create(), /Validation/)
    await assert.rejects(
      () =>
        profileFactory()
          .merge({ favoriteCity: 'x'.repeat(65) })
          .create(),
      /Validation/
    )
  })
})
