import { test } from '@japa/runner'
import {
  APP_KEY,
  assertPreparedOnce,
  build,
  Container,
  docker,
  network,
  removeAll,
  until,
  visitors,
  volume,
} from './docker.js'

/** Opens the site's database from inside its container, as the site itself does. */
const open = `
  const db = require('better-sqlite3')('data/oc-lettings.sqlite3', { timeout: 5000 })
  db.pragma('foreign_keys = ON')
  db.pragma('synchronous = NORMAL')
  const count = (from) => db.prepare('select count(*) from ' + from).pluck().get()
  const insertAddress = db.prepare(\`
    insert into addresses (number, street, city, state, zip_code, country_iso_code)
    values (1, 'Main Street', 'Ely', 'NV', '08930', 'USA')\`)
  const insertLetting = db.prepare('insert into lettings (title, address_id) values (?, ?)')
  const add = db.transaction((title) => insertLetting.run(title, insertAddress.run().lastInsertRowid))
`

/** Paths on its own site that a page or a sitemap leads to. */
const links = (text: string) =>
  [...text.matchAll(/(?:(?:href|src|content)="|<loc>)(\/(?!\/)[^"#<]*)/g)].map(([, path]) =>
    path.replaceAll('&amp;', '&')
  )

test.group('A container on SQLite', (group) => {
  group.setup(async () => void (await build()))
  group.each.teardown(removeAll)

  test('serves every page and asset, given nothing but APP_KEY', async ({ assert }) => {
    const container = await Container.serve({ env: { APP_KEY } })
    const robots = await container.get('/robots.txt')
    const [, origin] = /^Sitemap: (.*)\/sitemap\.xml$/m.exec(robots.text)!
    const statuses = new Map<string, number>()
    const queue = ['/', '/sitemap.xml']
    for (const path of queue) {
      if (statuses.has(path)) continue
      const { status, headers, text } = await container.get(path)
      statuses.set(path, status)
      if (/html|xml/.test(headers.get('content-type')!))
        queue.push(...links(text.replaceAll(origin, '')))
    }
    const paths = [...statuses.keys()]
    assert.deepEqual(
      paths.filter((path) => statuses.get(path) !== 200),
      []
    )
    assert.includeMembers(paths, ['/lettings', '/lettings/6', '/profiles', '/profiles/AirWow'])
    assert.include(paths, '/lettings/1/card.png')

    const sheet = paths.find((path) => /^\/assets\/.*\.css$/.test(path))!
    const { headers } = await container.get(sheet, { 'Accept-Encoding': 'br' })
    assert.equal(headers.get('content-encoding'), 'br')
    assert.include(headers.get('cache-control'), 'immutable')
    assert.equal(await container.status('/lettings/999'), 404)
  })

  test('runs as an ordinary user, who can write nothing but data', async ({ assert }) => {
    const container = await Container.serve({ flags: ['--read-only=false'] })
    assert.equal(await container.exec('id', '-un'), 'node')
    await assert.rejects(() => container.exec('touch', '/app/file'), /Permission denied/)
    const changed = await docker('diff', container.id)
    assert.notMatch(changed, /\/app\/(?!data)/)
  })

  test('is healthy for Docker while it is ready, and unhealthy while it is not', async () => {
    const flags = ['--health-interval=1s', '--health-retries=1', '--health-start-period=1ms']
    const nowhere = { APP_KEY, DB_CONNECTION: 'mysql', DB_URL: 'mysql://a:b@127.0.0.1:1/c' }
    const [good, bad] = await Promise.all([
      Container.start({ flags, env: { APP_KEY, PORT: '' } }), // an empty variable is an unset one
      Container.start({ flags, env: nowhere }),
    ])
    const health = (container: Container) => container.inspect('{{.State.Health.Status}}')
    await until('the one to be healthy', async () => (await health(good)) === 'healthy')
    await until('the other to be unhealthy', async () => (await health(bad)) === 'unhealthy')
  })

  test('stops with the name of a variable that is wrong: {name}')
    .with<{ name: string; env: Record<string, string> }[]>([
      { name: 'APP_KEY', env: {} },
      { name: 'APP_KEY', env: { APP_KEY: 'short' } },
      { name: 'LOG_LEVEL', env: { APP_KEY, LOG_LEVEL: 'loud' } },
      { name: 'DB_URL', env: { APP_KEY, DB_CONNECTION: 'mysql' } },
    ])
    .run(async ({ assert }, { env, name }) => {
      const container = await Container.start({ env })
      assert.equal(await container.exitCode(), 1)
      assert.match(await container.logs(), new RegExp(`^Configuration error: .*${name}`))
    })

  test('runs ace commands, in a container of their own too', async ({ assert }) => {
    const site = await Container.serve()
    assert.include(await site.exec('node', 'ace', 'list'), 'db:seed')
    assert.include(await site.exec('node', 'ace', 'migration:status'), 'completed')
    const flags = ['--volumes-from', site.id]
    const seed = await Container.start({ flags, command: ['node', 'ace', 'db:seed'] })
    assert.equal(await seed.exitCode(), 0)
    assert.include(await seed.logs(), 'original_seeder')
  })

  test('ends with 0 in time after SIGTERM under load, and cuts no request', async ({ assert }) => {
    const net = await network()
    const flags = ['--network', net, '--network-alias', 'site']
    const container = await Container.serve({ env: { APP_KEY, DRAIN_MS: 1_000 }, flags })
    const crowd = await visitors(net, 'http://site:8000', { heed: true })

    const before = Date.now()
    await container.kill('SIGTERM')
    assert.equal(await container.exitCode(), 0)
    assert.isBelow(Date.now() - before, 5_000)

    const counts = await crowd.leave()
    assert.isAbove(counts[200], 50)
    assert.isUndefined(counts.cut)
  })

  test('keeps its data through a restart and in a new container', async ({ assert }) => {
    const flags = ['--volume', `${await volume()}:/app/data`]
    const first = await Container.serve({ flags })
    await first.exec('node', '-e', `${open} add('Kept')`)
    await docker('restart', first.id)
    await until('its page', async () => (await first.status('/lettings/7')) === 200)
    await first.kill('SIGTERM')
    await first.exitCode()

    const second = await Container.serve({ flags })
    assert.equal(await second.exec('node', '-e', `${open} console.log(count('lettings'))`), '7')
    assert.equal(await second.status('/lettings/7'), 200)
  })

  test('has nothing half-written after SIGKILL amid writes', async ({ assert }) => {
    const flags = ['--volume', `${await volume()}:/app/data`]
    const first = await Container.serve({ flags })
    const writing = first.exec('node', '-e', `${open} for (let n = 1; ; n++) add('No. ' + n)`)
    const killed = assert.rejects(() => writing)
    const rows = () => first.exec('node', '-e', `${open} console.log(count('lettings'))`)
    await until('a hundred rows', async () => Number(await rows()) > 100)
    await first.kill('SIGKILL')
    assert.equal(await first.exitCode(), 137)
    await killed

    const second = await Container.serve({ flags })
    const report = `${open} console.log(JSON.stringify({
      integrity: db.pragma('integrity_check', { simple: true }),
      dangling: db.pragma('foreign_key_check').length,
      vacant: count('addresses where id not in (select address_id from lettings)'),
      lettings: count('lettings'),
    }))`
    const found = JSON.parse(await second.exec('node', '-e', report))
    assert.containsSubset(found, { integrity: 'ok', dangling: 0, vacant: 0 })
    assert.isAbove(found.lettings, 100)
    assert.equal(await second.status(`/lettings/${found.lettings}`), 200)
  })

  test('comes up whole when its first start was killed after {$self} ms')
    .with([200, 300, 400, 600])
    .run(async ({ assert }, ms) => {
      const flags = ['--volume', `${await volume()}:/app/data`]
      const script = `node bin/server.js & sleep ${ms / 1000}; kill -9 $!`
      const first = await Container.start({ flags, command: ['sh', '-c', script] })
      await first.exitCode()
      const second = await Container.serve({ flags })
      assert.equal(await second.status('/lettings/6'), 200)
      assert.equal(await second.exec('node', '-e', `${open} console.log(count('lettings'))`), '6')
    })

  test('migrates once when two start together on an empty volume', async ({ assert }) => {
    const flags = ['--volume', `${await volume()}:/app/data`]
    const both = await Promise.all([Container.serve({ flags }), Container.serve({ flags })])
    await assertPreparedOnce(assert, both)
  })
})
