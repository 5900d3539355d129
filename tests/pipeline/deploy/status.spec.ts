import { test } from '@japa/runner'
import { deployFrom, givenCheckout } from '#tests/helpers/checkout'
import { givenHttpServer } from '#tests/helpers/server'

const [WANTED, OTHER] = ['a'.repeat(40), 'b'.repeat(40)]

test.group('make status', () => {
  test('of a site where {what}')
    .with([
      { what: 'the wanted release is live', live: [WANTED], says: /as it should be/, code: 0 },
      {
        what: 'another is live',
        live: [OTHER],
        says: /live: +b{40}\n.*DRIFT: another release/s,
        code: 1,
      },
      {
        what: 'copies of both answer in turns, as a roll that was cut off leaves them',
        live: [OTHER, WANTED],
        says: /live: +b{40} and a{40}\n.*DRIFT: another release/s,
        code: 1,
      },
      {
        what: 'none is ready',
        live: [],
        says: /live: +nothing\n.*DOWN: no release is live/s,
        code: 1,
      },
    ])
    .run(async ({ assert }, { live, says, code }) => {
      let looks = 0
      const site = await givenHttpServer((_, response) => {
        const release = live[looks++ % live.length] ?? WANTED
        const status = live.length ? 'ready' : 'unavailable'
        response.writeHead(live.length ? 200 : 503).end(JSON.stringify({ status, release }))
      })
      const { folder } = await givenCheckout()
      const { deploy, ended } = await deployFrom(folder, 'status', ['unused', ''], {
        RELEASE: WANTED,
        SITE_URL: site,
      })
      assert.match(await ended, says)
      assert.equal(deploy.exitCode, code)
    })
    .timeout(30_000)
})
