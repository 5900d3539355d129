import testUtils from '@adonisjs/core/services/test_utils'
import { test } from '@japa/runner'

test.group('Pages', (group) => {
  group.each.setup(() => testUtils.db().withGlobalTransaction())

  test('GET {path} answers 200')
    .with(
      ['/', '/lettings', '/lettings/1', '/profiles', '/profiles/AirWow'].map((path) => ({ path }))
    )
    .run(async ({ client }, { path }) => {
      const response = await client.get(path)
      response.assertStatus(200)
    })
})
