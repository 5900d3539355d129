import { test } from '@japa/runner'
import { demoLetting, demoProfile, DEMO_LIMIT } from '#database/demo'
import { lettingRowValidator } from '#validators/letting'
import { profileRowValidator } from '#validators/profile'

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

test.group('Demo data', () => {
  test('is that of earlier releases, whose rows are not to be added once more', ({ assert }) => {
    const { title, number, street, city } = demoLetting(999)
    assert.equal(
      `${title}, ${number} ${street}, ${city}`,
      'Storybook Retreat & Hot Tub, 2679 Meadowlark Lane, Wichita'
    )
    assert.deepInclude(demoProfile(99), { username: 'ImaniDubois100', favoriteCity: 'El Paso' })
  })

  test('keeps to the rules', async ({ assert }) => {
    for (const i of [...range(2_000), DEMO_LIMIT - 1]) {
      assert.deepEqual(await lettingRowValidator.validate(demoLetting(i)), demoLetting(i))
      assert.deepEqual(await profileRowValidator.validate(demoProfile(i)), demoProfile(i))
    }
  })

  test('gives no address and no username twice', ({ assert }) => {
    const addresses = range(20_000).map((i) => {
      const { number, street, city, state } = demoLetting(i)
      return `${number} ${street}, ${city}, ${state}`
    })
    assert.equal(new Set(addresses).size, addresses.length)
    assert.equal(new Set(range(20_000).map((i) => demoProfile(i).username)).size, 20_000)
  })
})
