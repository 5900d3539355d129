import testUtils from '@adonisjs/core/services/test_utils'
import { test } from '@japa/runner'
import { lettingFactory } from '#database/factories/letting_factory'
import { profileFactory } from '#database/factories/profile_factory'
import Letting from '#models/letting'
import { toPng } from '#services/pictures'

test.group('Open Graph pictures', (group) => {
  group.each.setup(() => testUtils.db().withGlobalTransaction())

  test('{$self} is a PNG of 1200 by 630 that any site may show and that can be revalidated')
    .with(['/card.png', '/lettings/1/card.png', '/profiles/AirWow/stamp.png'])
    .run(async ({ client, assert }, path) => {
      const response = await client.get(path)
      response.assertStatus(200)
      response.assertHeader('content-type', 'image/png')
      response.assertHeader('cache-control', 'public, max-age=86400')
      response.assertHeader('cross-origin-resource-policy', 'cross-origin')
      const png: Buffer = response.body()
      assert.equal(png.subarray(1, 4).toString(), 'PNG')
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [1200, 630])
      const again = await client.get(path).header('If-None-Match', response.header('etag')!)
      again.assertStatus(304)
      again.assertHeader('cross-origin-resource-policy', 'cross-origin')
    })

  test('that too many wait for are refused for a moment, which nobody keeps', async ({
    client,
  }) => {
    const { id } = await lettingFactory().create()
    const drawing = (size: number) =>
      toPng(`<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">
        <filter id="a"><feGaussianBlur stdDeviation="90" /></filter>
        <path filter="url(#a)" d="M0 0h${size}v${size}z" /></svg>`)
    // the first takes half a second, and as many as may wait do so behind it
    const drawings = [1_500, ...Array.from({ length: 15 }, (_, at) => at + 1)].map(drawing)
    const response = await client.get(`/lettings/${id}/card.png`)
    response.assertStatus(503)
    response.assertHeader('cache-control', 'no-store')
    response.assertHeader('retry-after', '5')
    await Promise.all(drawings)
  })

  test('of a row that is not there is a 404', async ({ client }) => {
    for (const path of [
      '/lettings/99/card.png',
      '/lettings/x/card.png',
      '/profiles/nobody/stamp.png',
    ]) {
      const response = await client.get(path)
      response.assertStatus(404)
    }
  })

  test('change with what they show', async ({ client, assert }) => {
    const before = await client.get('/lettings/1/card.png')
    const letting = await Letting.findOrFail(1)
    await letting.merge({ title: 'A tree house' }).save()
    const after = await client.get('/lettings/1/card.png')
    assert.notEqual(after.header('etag'), before.header('etag'))
  })

  test('are there for usernames of any script', async ({ client }) => {
    await profileFactory({ user: { username: 'мария+@_.-' } }).create()
    const response = await client.get(`/profiles/${encodeURIComponent('мария+@_.-')}/stamp.png`)
    response.assertStatus(200)
  })
})
