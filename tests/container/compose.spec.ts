import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from '@japa/runner'
import {
  assertPreparedOnce,
  APP_KEY,
  build,
  Container,
  docker,
  execute,
  image,
  project,
  release,
  removeAll,
  removeStarted,
  until,
  visitors,
} from './docker.js'

/** A copy of what a checkout holds, and nothing of what was made in it since. */
async function checkOut() {
  const folder = await mkdtemp(join(tmpdir(), 'oc-lettings-'))
  const files = await execute('git', [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
  ])
  for (const file of files.split('\0').filter(Boolean)) await cp(file, join(folder, file))
  return folder
}

test.group('make up', (group) => {
  let folder: string
  let output: string
  let site: Container
  let database: Container

  const make = (target: string) => {
    const [name] = image.split(':')
    const variables = [`IMAGE=${name}`, `RELEASE=${release}`]
    return execute('make', [target, ...variables], folder, {
      COMPOSE_PROJECT_NAME: project,
      PORT: '0',
    })
  }
  const container = async (service: string) => {
    const filter = ['--filter', `label=com.docker.compose.service=${service}`]
    return new Container(
      await docker(
        'ps',
        '--all',
        '--quiet',
        '--filter',
        `label=com.docker.compose.project=${project}`,
        ...filter
      )
    )
  }

  group.setup(async () => {
    folder = await checkOut()
    await build()
    output = await make('up')
    site = await container('web')
    database = await container('database')
  })
  group.teardown(async () => {
    removeAll()
    await rm(folder, { recursive: true })
  })

  test('ends when the site answers, and says where', async ({ assert }) => {
    const [, url] = /The site answers on (http:\S+)$/.exec(output)!
    const answer = await fetch(`${url}/lettings/1`)
    assert.equal(answer.status, 200)
    assert.equal(await site.status('/profiles/AirWow'), 200)
    assert.include(await site.exec('node', 'ace', 'migration:status'), 'completed')
  })

  test('locks both containers down', async ({ assert }) => {
    for (const { id } of [site, database]) {
      const host = JSON.parse(await docker('inspect', '--format', '{{json .HostConfig}}', id))
      assert.isTrue(host.ReadonlyRootfs)
      assert.deepEqual(host.CapDrop, ['ALL'])
      assert.deepEqual(host.SecurityOpt, ['no-new-privileges:true'])
      assert.equal(host.RestartPolicy.Name, 'unless-stopped')
      assert.properties(host.LogConfig.Config, ['max-size', 'max-file'])
      assert.isAbove(host.Memory, 0)
      assert.isAbove(host.PidsLimit, 0)
      // DRAIN_MS of a server and SHUTDOWN_TIMEOUT_MS: more than the 10 s that Docker gives by itself
      const seconds = await docker('inspect', '--format', '{{.Config.StopTimeout}}', id)
      assert.isAbove(Number(seconds), 13)
    }
    const network = `${project}_database`
    assert.equal(await docker('network', 'inspect', '--format', '{{.Internal}}', network), 'true')
    assert.equal(await docker('port', database.id), '')
    assert.match(await docker('port', site.id), /^8000\/tcp -> 127\.0\.0\.1:\d+$/)
    assert.notMatch(await site.exec('env'), /DB_ROOT_PASSWORD=./)
  })

  test('believes the proxy in front of it who visits', async () => {
    await site.get('/lettings/1', { 'X-Forwarded-For': '203.0.113.9' })
    await until('its line', () => site.logs().then((log) => log.includes('203.0.113.9')))
  })

  test('starts nothing without a secret: {$self}')
    .with(['APP_KEY', 'DB_PASSWORD', 'DB_ROOT_PASSWORD'])
    .run(async ({ assert }, name) => {
      const all = { APP_KEY, DB_PASSWORD: 'x', DB_ROOT_PASSWORD: 'x', [name]: '' }
      const config = execute('docker', ['compose', 'config', '--quiet'], folder, all)
      await assert.rejects(() => config, new RegExp(`${name}.*set it in .env`, 's'))
    })

  test('answers 503 while the database is away under load, and recovers by itself', async ({
    assert,
  }) => {
    const started = await site.inspect('{{.State.StartedAt}}')
    const crowd = await visitors(`${project}_default`, 'http://web:8000')
    await docker('stop', database.id)
    await until('a 503', async () => (await site.status('/lettings')) === 503)
    await until('unreadiness', async () => (await site.status('/health/ready')) === 503)
    assert.equal(await site.status('/health/live'), 200)
    // who was waiting for a connection when it went is told a while later
    await until('a 503 to a visitor', async () => crowd.met(503))
    await docker('start', database.id)
    await until('readiness', async () => (await site.status('/health/ready')) === 200)
    assert.equal(await site.status('/lettings'), 200)

    const counts = await crowd.leave()
    assert.sameMembers(Object.keys(counts), ['200', '503'])
    assert.equal(await site.inspect('{{.State.StartedAt}} {{.RestartCount}}'), `${started} 0`)
  })

  test('holds for two that start together on an empty database: they migrate once', async ({
    assert,
  }) => {
    const password = 'only-for-the-tests'
    const sql = `create database two; grant all on two.* to two identified by '${password}'`
    await database.exec('sh', '-c', `mariadb -uroot -p"$MARIADB_ROOT_PASSWORD" -e "${sql}"`)
    const options = {
      env: { APP_KEY, DB_CONNECTION: 'mysql', DB_URL: `mysql://two:${password}@database/two` },
      flags: ['--network', `${project}_database`],
    }
    const both = await Promise.all([Container.start(options), Container.start(options)])
    const ready = 'fetch("http://127.0.0.1:8000/health/ready").then((it) => console.log(it.status))'
    for (const one of both) {
      await until('readiness', async () => (await one.exec('node', '-e', ready)) === '200')
    }
    await assertPreparedOnce(assert, both)
  }).teardown(removeStarted)

  test('is undone by make down, but for the data', async ({ assert }) => {
    await make('down')
    const filter = ['--quiet', '--filter', `label=com.docker.compose.project=${project}`]
    assert.equal(await docker('ps', '--all', ...filter), '')
    const volumes = await docker('volume', 'ls', ...filter)
    assert.lengthOf(volumes.split('\n'), 2)
  })
})
