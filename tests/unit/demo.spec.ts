import { test } from '@japa/runner'
import { demoLetting, demoProfile, DEMO_LIMIT } from '#database/demo'
import { lettingRowValidator } from '#validators/letting'
import { profileRowValidator } from '#validators/profile'

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

test.group('Demo data', () => {
  test('is the same for the same seed and another for another', ({ assert }) => {
    assert.deepEqual(demoLetting(7, 3), demoLetting(7, 3))
    assert.notDeepEqual(demoLetting(7, 3), demoLetting(7, 4))
    assert.deepEqual(demoProfile(7, 3), demoProfile(7, 3))
    assert.notDeepEqual(demoProfile(7, 3), demoProfile(7, 4))
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
