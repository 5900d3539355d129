import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import db from '@adonisjs/lucid/services/db'
import { getActiveTest, test } from '@japa/runner'
import SQLite from 'better-sqlite3'
import { givenFolder, spawnServer } from '#tests/helpers/server'
import { until } from '#tests/helpers/until'
import { freePorts } from '../../deploy/rehearsal/shell.ts'

const mysqlUrl = process.env.DB_CONNECTION === 'mysql' ? new URL(process.env.DB_URL!) : undefined
const hasIPv6 = Object.values(networkInterfaces()).some((all) => all!.some(({ address }) => address === '::1')) // prettier-ignore

test.group('Configuration', () => {
  test('wrong variables stop the boot with one line that names each', async ({ assert }) => {
    const wrong: { env: Record<string, string>; names?: string[] }[] = [
      {
        env: {
          NODE_ENV: 'staging',
          APP_KEY: 'short',
          APP_URL: 'example.com',
          PORT: 'http',
          LOG_LEVEL: 'loud',
          TRUST_PROXY: 'everyone',
          METRICS_TOKEN: 'short',
          SENTRY_DSN: 'sentry.io/1',
          SENTRY_TRACES_SAMPLE_RATE: '10',
          DRAIN_MS: '5s',
          SHUTDOWN_TIMEOUT_MS: '-1',
          DB_CONNECTION: 'oracle',
          DB_MIN_FREE_MB: '1e9',
          DB_URL: 'mysql://a:b@db/c?ssl-mode=REQUIRED',
          DB_REPLICA_URLS: 'db',
          DB_PORT: '0',
          DB_POOL_MAX: '1',
          DB_TLS: 'yes',
          DB_TLS_CA: '/no/such/file',
          REDIS_URL: 'cache:6379',
          DB_AUTO_MIGRATE: 'no',
        },
      },
      { env: { APP_KEY: '' } },
      { env: { SENTRY_DSN: 'https://a-key@sentry.io/1' } },
      { env: { DB_CONNECTION: 'mysql', DB_HOST: 'db' }, names: ['DB_USER', 'DB_DATABASE'] },
      { env: { DB_TLS_CA: 'package.json' }, names: ['DB_TLS'] },
    ]
    await Promise.all(
      wrong.map(async ({ env, names = Object.keys(env) }) => {
        const server = await spawnServer(env)
        const { code } = await server.exit
        for (const name of names)
          assert.match(
            server.output.stderr,
            new RegExp(`^Configuration error: .*\\b${name}\\b.*\n$`)
          )
        assert.equal(code, 1)
      })
    )
  }).timeout(60_000)

  test('a port that is taken stops the boot', async ({ assert }) => {
    const holder = createServer().listen(await freePorts(), '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    const server = await spawnServer({ PORT: String(port) })
    const { code } = await server.exit
    holder.close()
    assert.equal(code, 1)
    assert.include(server.output.stdout + server.output.stderr, 'EADDRINUSE')
  })
})

test.group('Start', () => {
  test('on an IPv6 address, the site writes its address so that it can be followed: {host}')
    .with([{ host: '::1' }, { host: '::' }])
    .skip(!hasIPv6, 'this machine has no IPv6')
    .run(async ({ assert }, { host }) => {
      const server = await spawnServer({ HOST: host })
      await until('it listens', async () => server.output.stdout.includes('started HTTP server'))
      const page = await fetch(`http://[::1]:${server.port}/lettings/1`)
      const [, address] = /rel="canonical" href="([^"]*)"/.exec(await page.text())!
      const followed = await fetch(address)
      assert.equal(followed.status, 200)
    })

  test('the address of the site is APP_URL, or else what Render says', async ({ assert }) => {
    const render = { RENDER_EXTERNAL_URL: 'https://site.onrender.example' }
    const cases = [
      { env: { ...render, APP_URL: 'https://site.example/' }, address: 'https://site.example' },
      { env: render, address: render.RENDER_EXTERNAL_URL },
    ]
    await Promise.all(
      cases.map(async ({ env, address }) => {
        const server = await spawnServer({ ...env, DB_AUTO_MIGRATE: 'false' })
        await server.answers('/robots.txt', 200)
        const robots = await fetch(`${server.url}/robots.txt`)
        assert.include(await robots.text(), `Sitemap: ${address}/sitemap.xml\n`)
      })
    )
  })

  test('a migration that fails stops the boot', async ({ assert }) => {
    const file = join(await givenFolder(), 'foreign.sqlite3')
    const database = new SQLite(file)
    database.exec('create table addresses (id int)')
    database.close()
    const server = await spawnServer({ DB_FILE: file })
    const { code } = await server.exit
    assert.equal(code, 1)
    assert.include(server.output.stderr, 'already exists')
  })

  test('two copies on one empty database migrate and seed it once', async ({ assert }) => {
    // as two empty variables of a compose file make it
    const none = { DB_REPLICA_URLS: ',' }
    const env = { RELEASE: 'abc123', ...none, ...(await givenEmptyDatabase()) }
    const copies = await Promise.all([1, 2].map(() => spawnServer(env)))
    await Promise.all(copies.map((copy) => copy.answers('/health/ready', 200)))
    const log = copies.map(({ output }) => output.stdout).join('')
    assert.lengthOf(log.match(/"msg":"seeded the empty database"/g)!, 1)
    assert.equal(
      log.match(/"msg":"migrated"/g)!.length,
      new Set(log.match(/"migration":"[^"]+"/g)).size
    )

    const response = await fetch(`${copies[0].url}/health/ready`)
    assert.deepEqual(await response.json(), { status: 'ready', release: 'abc123' })
    assert.equal(await copies[1].status('/lettings/6'), 200)
  })

  if (mysqlUrl) {
    test('goes on where a first migration was cut off', async ({ assert }) => {
      const env = await givenEmptyDatabase()
      const name = new URL(env.DB_URL).pathname.slice(1)
      await db.rawQuery(`create table ${name}.addresses (id int)`)
      const server = await spawnServer(env)
      await server.answers('/health/ready', 200)
      assert.equal(await server.status('/lettings/6'), 200)
    })

    test('while somebody reads what is to be migrated, the site goes on and the new copy tries again', async ({
      assert,
      cleanup,
    }) => {
      const env = await givenEmptyDatabase()
      const name = new URL(env.DB_URL).pathname.slice(1)
      const site = await spawnServer(env)
      await site.answers('/health/ready', 200)
      await db.rawQuery(`alter table ${name}.places add index level (level)`)
      await db.rawQuery(`delete from ${name}.adonis_schema where name like '%drop_index_of_counts'`)
      // as an export or a backup does
      const reader = await db.transaction()
      cleanup(() => void reader.rollback())
      await reader.rawQuery(`select * from ${name}.places`)

      const copy = await spawnServer(env)
      await until('its second try', async () => copy.output.stdout.includes('trying again'))
      assert.equal(await copy.status('/health/ready'), 503)
      assert.equal(await site.status('/lettings?country=USA'), 200)
      await reader.rollback()
      await copy.answers('/health/ready', 200)
    })

    test('a copy that starts while a command fills an empty database plants nothing there', async ({
      assert,
    }) => {
      const env = await givenEmptyDatabase()
      const name = new URL(env.DB_URL).pathname.slice(1)
      const first = await spawnServer(env)
      await first.answers('/health/ready', 200)
      await first.stop()
      for (const table of ['users', 'addresses']) await db.rawQuery(`delete from ${name}.${table}`)
      const filling = await db.transaction()
      await filling.rawQuery(`select id from ${name}.adonis_schema order by id limit 1 for update`)
      await filling.rawQuery(
        `insert into ${name}.users (username, password, date_joined) values ('ada', '!', '2020-06-14 09:41:15')`
      )

      const copy = await spawnServer(env)
      await until('it waits for the command', async () => {
        const [found] = await db.rawQuery(
          "select id from information_schema.processlist where db = ? and info like '%for update'",
          [name]
        )
        return found.length > 0
      })
      await filling.commit()
      await copy.answers('/health/ready', 200)
      const [users] = await db.rawQuery(`select username from ${name}.users`)
      assert.deepEqual(users.map(({ username }: any) => username), ['ada']) // prettier-ignore
    })
  }

  test('with DB_AUTO_MIGRATE off a copy waits for its migrations', async ({ assert }) => {
    const server = await spawnServer({
      DB_AUTO_MIGRATE: 'false',
      DB_FILE: join(await givenFolder(), 'empty.sqlite3'),
    })
    await server.answers('/health/live', 200)
    const response = await fetch(`${server.url}/health/ready`)
    assert.equal(response.status, 503)
    assert.deepEqual(await response.json(), {
      status: 'unavailable',
      release: 'development',
      failing: ['migrations'],
    })
    assert.equal(await server.status('/lettings'), 503)
  })
})

test.group('Stop', () => {
  test('SIGTERM: readiness goes 503 at once, requests are served through the drain, and the process ends with 0', async ({
    assert,
  }) => {
    const server = await spawnServer({ DRAIN_MS: '1500', SHUTDOWN_TIMEOUT_MS: '5000' })
    await server.answers('/health/ready', 200)
    // fetch keeps its connections open between requests
    await Promise.all(Array.from({ length: 8 }, () => server.status('/lettings')))

    const asked = Date.now()
    server.child.kill('SIGTERM')
    await server.answers('/health/ready', 503, 1)
    const statuses = await Promise.all(Array.from({ length: 20 }, () => server.status('/lettings')))
    assert.deepEqual([...new Set(statuses)], [200])
    const told = await Promise.all(
      ['/lettings', '/lettings', '/lettings/1', '/nowhere', '/favicon.svg'].map(async (path) => {
        const { status, headers } = await fetch(server.url + path)
        return `${status} ${headers.get('connection')}`
      })
    )
    assert.deepEqual(told, ['200 close', '200 close', '200 close', '404 close', '200 close'])
    assert.isBelow(Date.now() - asked, 1_500, 'the drain was over before the requests were made')

    assert.deepEqual(await server.exit, { code: 0, signal: null })
    assert.isBelow(Date.now() - asked, 1_500 + 2_000, 'idle connections held the process')
  })

  test('SIGTERM amid answers: they are given, and their connections hold the process no longer', async ({
    assert,
  }) => {
    const server = await spawnServer({ SHUTDOWN_TIMEOUT_MS: '8000' })
    await server.answers('/health/ready', 200)
    // drawn one after the other
    const cards = [1, 2, 3, 4, 5, 6].map((id) => fetch(`${server.url}/lettings/${id}/card.png`))
    await Promise.race(cards)
    server.child.kill('SIGTERM')
    const answers = await Promise.all(cards)
    const sizes = await Promise.all(answers.map((answer) => answer.arrayBuffer()))
    const given = Date.now()
    assert.isTrue(sizes.every(({ byteLength }) => byteLength > 1_000))
    assert.deepEqual(await server.exit, { code: 0, signal: null })
    assert.isBelow(Date.now() - given, 3_000)
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} while another copy migrates: the process ends at once with 0`, async ({
      assert,
    }) => {
      const env = await givenEmptyDatabase()
      await holdMigrationLock(env)
      const telling = "process.on('newListener',(name)=>name==='SIGINT'&&console.log('listens'))"
      const server = await spawnServer({
        ...env,
        NODE_OPTIONS: `--import=data:text/javascript,${telling}`,
      })
      await until('its listeners', async () => server.output.stdout.includes('listens'))
      // by then it waits
      await setTimeout(1_500)
      const asked = Date.now()
      server.child.kill(signal)
      assert.deepEqual(await server.exit, { code: 0, signal: null })
      assert.isBelow(Date.now() - asked, 2_000)
    })
  }

  test('a client that never finishes its request is cut at the time-out, and the exit code is still 0', async ({
    assert,
  }) => {
    const server = await spawnServer({ SHUTDOWN_TIMEOUT_MS: '700' })
    await server.answers('/health/live', 200)
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET /lettings HTTP/1.1\r\nHost: x\r\n')
    await once(socket, 'connect')
    await setTimeout(100)
    const asked = Date.now()
    // as Ctrl-C does
    server.child.kill('SIGINT')
    assert.deepEqual(await server.exit, { code: 0, signal: null })
    assert.isAbove(Date.now() - asked, 600)
    assert.isBelow(Date.now() - asked, 5_000)
  })
})

test.group('A database that is away', () => {
  test('for all but its administrators gives 503 pages', async ({ assert, cleanup }) => {
    const said = Buffer.from('#HY000The server is currently in offline mode')
    const refusal = Buffer.from([said.length + 3, 0, 0, 0, 0xff, 3032 & 0xff, 3032 >> 8, ...said])
    const offline = createServer((socket) => socket.on('error', () => {}).end(refusal))
    cleanup(() => void offline.close())
    await once(offline.listen(await freePorts(), '127.0.0.1'), 'listening')
    const { port } = offline.address() as { port: number }
    const server = await spawnServer({ DB_URL: `mysql://web@127.0.0.1:${port}/lettings` })
    await server.answers('/lettings', 503)
    await assertUnavailable(server, assert)
    await Promise.all(Array.from({ length: 30 }, (_, n) => server.status(`/lettings?n=${n}`)))
    // one each five seconds, however many ask
    const told = server.output.stdout.match(/"msg":"Acquire connection error/g)!
    assert.isBelow(told.length, 10)
  })

  if (mysqlUrl) {
    test('at boot, or later, gives 503 pages; the site recovers by itself', async ({ assert }) => {
      const proxy = await givenProxy(mysqlUrl)
      // the room beside SQLite's file does not matter
      const env = { DB_CONNECTION: '', DB_URL: proxy.url, DB_MIN_FREE_MB: '1000000000' }
      const server = await spawnServer(env)

      await server.answers('/lettings', 503)
      await assertUnavailable(server, assert)
      await proxy.open()
      await server.answers('/health/ready', 200)
      await server.answers('/lettings', 200)
      await proxy.close()
      await server.answers('/lettings', 503)
      await assertUnavailable(server, assert)
      await proxy.open()
      await server.answers('/health/ready', 200)
      assert.equal(await server.status('/lettings'), 200)
    })

    test('as the boot begins a transaction, is tried again', async ({ assert }) => {
      const proxy = await givenProxy(mysqlUrl)
      await proxy.open('BEGIN')
      const server = await spawnServer({ DB_CONNECTION: '', DB_URL: proxy.url })
      await server.answers('/health/ready', 200)
      assert.include(server.output.stdout, 'trying again')
    })

    test('that goes without a word gives 503 pages; the site recovers by itself, or ends when it is told', async ({
      assert,
    }) => {
      const proxy = await givenProxy(mysqlUrl)
      await proxy.open()
      const env = { DB_CONNECTION: '', DB_URL: proxy.url, DB_POOL_MAX: '2' }
      const server = await spawnServer({ ...env, SHUTDOWN_TIMEOUT_MS: '500' })
      // which takes two connections
      await server.answers('/health/ready', 200)
      proxy.silence()
      const page = server.status('/')
      const asked = Date.now()
      await server.answers('/health/ready', 503)
      assert.isBelow(Date.now() - asked, 4_500)
      assert.equal(await page, 503)
      await server.answers('/', 200)
      await server.answers('/health/ready', 200)
      // a query that hangs holds no end up
      proxy.silence()
      const cut = server.status('/?once-more').catch(() => 'cut')
      await setTimeout(500)
      const told = Date.now()
      server.child.kill('SIGTERM')
      assert.deepEqual(await server.exit, { code: 0, signal: null })
      assert.isBelow(Date.now() - told, 4_000)
      assert.equal(await cut, 'cut')
    })

    test('that gives its user no further connection gives 503 pages, at boot too; the site recovers by itself', async ({
      assert,
    }) => {
      // preparing the database takes two
      const { user, env } = await givenUser('with max_user_connections 1')
      const server = await spawnServer(env)
      await server.answers('/lettings', 503)
      await db.rawQuery(`alter user ${user} with max_user_connections 0`)
      await server.answers('/health/ready', 200)
      assert.equal(await server.status('/lettings'), 200)
    })

    test(
      'that lets its user do nothing gives 503 pages, at boot too, and is left with no connection; the site recovers by itself: {why}'
    )
      .with([
        { why: 'account lock', mend: 'account unlock' },
        { why: 'password expire', mend: "identified by 'limited'" },
      ])
      .run(async ({ assert }, { why, mend }) => {
        const { user, env } = await givenUser(why)
        const server = await spawnServer(env)
        await server.answers('/lettings', 503)
        const ask = (n: number) => server.status(`/lettings?n=${n}`)
        assert.deepEqual(await Promise.all([1, 2, 3, 4].map(ask)), [503, 503, 503, 503])
        await until('no connection is open', async () => {
          const [open] = await db.rawQuery(
            "select id from information_schema.processlist where user = 'test_limited'"
          )
          return !open.length
        })
        await db.rawQuery(`alter user ${user} ${mend}`)
        await server.answers('/health/ready', 200)
        assert.deepEqual(await Promise.all([1, 2, 3, 4].map(ask)), [200, 200, 200, 200])
      })
  } else {
    test('locked by somebody else, gives 503 pages; the site recovers by itself', async ({
      assert,
      cleanup,
    }) => {
      const file = join(await givenFolder(), 'locked.sqlite3')
      const server = await spawnServer({ DB_FILE: file })
      await server.answers('/lettings', 200)
      const holder = new SQLite(file)
      cleanup(() => void holder.close())
      server.child.kill('SIGTERM')
      await server.exit
      holder.exec('pragma locking_mode = exclusive; begin exclusive; commit')

      const locked = await spawnServer({ DB_FILE: file })
      await locked.answers('/lettings', 503)
      await assertUnavailable(locked, assert)
      holder.close()
      await locked.answers('/health/ready', 200)
      assert.equal(await locked.status('/lettings'), 200)
    })
  }
})

test('over TLS its user is told to no database but one with a certificate of its name, or of an authority of its own', async ({
  assert,
}) => {
  const cases = [
    { name: 'localhost', known: 'NODE_EXTRA_CA_CERTS', isTold: true },
    { name: 'else.example', known: 'NODE_EXTRA_CA_CERTS', isTold: false },
    { name: 'else.example', known: 'DB_TLS_CA', isTold: true },
  ]
  await Promise.all(
    cases.map(async ({ name, known, isTold }) => {
      const { port, certificate, said } = await givenTlsDatabase(name)
      const url = `mysql://somebody@localhost:${port}/lettings`
      const server = await spawnServer({ DB_URL: url, DB_TLS: 'true', [known]: certificate })
      await until('it has tried', async () => server.output.stdout.includes('trying again'))
      assert.equal(said().includes('somebody'), isTold, `${name} ${known}`)
    })
  )
}).skip(!!spawnSync('openssl', ['version']).error, 'openssl is not installed')

if (mysqlUrl) {
  test('pages come from the replica, while the boot prepares the primary', async ({ assert }) => {
    const replica = await givenEmptyDatabase('_replica')
    const alone = await spawnServer(replica)
    await alone.answers('/health/ready', 200)
    const name = new URL(replica.DB_URL).pathname.slice(1)
    await db.rawQuery(`update ${name}.lettings set title = 'Read from the replica' where id = 1`)

    const primary = await givenEmptyDatabase()
    const server = await spawnServer({ ...primary, DB_REPLICA_URLS: replica.DB_URL })
    await server.answers('/health/ready', 200)
    const page = await fetch(`${server.url}/lettings/1`)
    assert.include(await page.text(), 'Read from the replica')
    // one to each
    const metrics = await fetch(`${server.url}/metrics`)
    assert.match(await metrics.text(), /database_pool_connections\{state="free"\} [2-9]/)
    const { pathname } = new URL(primary.DB_URL)
    const [rows] = await db.rawQuery(`select title from ${pathname.slice(1)}.lettings where id = 1`)
    assert.notEqual(rows[0].title, 'Read from the replica')
  })
}

async function assertUnavailable(server: Awaited<ReturnType<typeof spawnServer>>, assert: any) {
  const page = await fetch(`${server.url}/lettings`)
  assert.equal(page.status, 503)
  assert.equal(page.headers.get('retry-after'), '5')
  assert.equal(page.headers.get('cache-control'), 'no-store')
  assert.match(await page.text(), /<h1[\s>]/)
  const health = await until('readiness says so', async () => {
    const response = await fetch(`${server.url}/health/ready`)
    return response.status === 503 && ((await response.json()) as any)
  })
  assert.include(health.failing, 'database')
  assert.equal(await server.status('/health/live'), 200)
}

/** Where the tests run on MySQL, another database there; else a new file. */
async function givenEmptyDatabase(suffix = '_copies'): Promise<Record<string, string>> {
  if (!mysqlUrl) return { DB_FILE: join(await givenFolder(), 'empty.sqlite3') }
  const url = new URL(mysqlUrl)
  url.pathname += suffix
  const name = url.pathname.slice(1)
  await db.rawQuery(`drop database if exists ${name}`)
  await db.rawQuery(`create database ${name}`)
  getActiveTest()?.cleanup(() => db.rawQuery(`drop database ${name}`))
  return { DB_CONNECTION: 'mysql', DB_URL: String(url) }
}

/** Another user than root, with these restrictions, and what has a server be that user in an empty database. */
async function givenUser(restrictions: string) {
  const env = await givenEmptyDatabase()
  const url = new URL(env.DB_URL)
  Object.assign(url, { username: 'test_limited', password: 'limited' })
  const [[{ host }]] = await db.rawQuery("select substring_index(user(), '@', -1) as host")
  const user = `test_limited@'${host}'`
  await db.rawQuery(`create user ${user} identified by 'limited' ${restrictions}`)
  getActiveTest()?.cleanup(() => db.rawQuery(`drop user ${user}`))
  await db.rawQuery(`grant all on ${url.pathname.slice(1)}.* to ${user}`)
  // to make triggers where MySQL writes a binary log
  await db.rawQuery(`grant super on *.* to ${user}`)
  return { user, env: { ...env, DB_URL: String(url) } }
}

/** As much of a MySQL as speaks TLS, with a certificate for this name that it has signed itself, and hears who somebody is. */
async function givenTlsDatabase(name: string) {
  const folder = await givenFolder()
  const [key, certificate] = ['key.pem', 'certificate.pem'].map((file) => join(folder, file))
  const kind = '-x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1'.split(' ')
  const files = ['-subj', `/CN=${name}`, '-keyout', key, '-out', certificate]
  execFileSync('openssl', ['req', ...kind, ...files], { stdio: 'ignore' })
  const held = { key: readFileSync(key), cert: readFileSync(certificate) }
  // its version, a challenge in two parts, that it can do everything, and a plugin
  const greeting = Buffer.from(
    `\n8.4.0\0\0\0\0\0challeng\0\xff\xff-\x02\0\x08\0\x15${'\0'.repeat(10)}e for it all\0mysql_native_password\0`,
    'latin1'
  )
  let said = ''
  const server = createServer((socket) => {
    socket.on('error', () => {}).write(Buffer.from([greeting.length, 0, 0, 0, ...greeting]))
    socket.once('readable', () => {
      // that it wants TLS
      socket.read(36)
      const secure = new TLSSocket(socket, { isServer: true, ...held }).on('error', () => {})
      secure.once('data', (data) => {
        said = String(data)
        socket.destroy()
      })
    })
  }).listen(await freePorts(), '127.0.0.1')
  getActiveTest()?.cleanup(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return { port, certificate, said: () => said }
}

/** Keeps copies from migrating until the test is over. */
async function holdMigrationLock({ DB_URL, DB_FILE }: Record<string, string>) {
  if (!DB_URL) {
    const holder = new SQLite(`${DB_FILE}.lock`)
    holder.exec('begin exclusive')
    getActiveTest()?.cleanup(() => void holder.close())
    return
  }
  const trx = await db.transaction()
  const name = `${new URL(DB_URL).pathname.slice(1)}.migrations`
  await trx.rawQuery('select get_lock(sha2(?, 256), 1)', [name])
  getActiveTest()?.cleanup(async () => {
    await trx.rawQuery('select release_lock(sha2(?, 256))', [name])
    await trx.rollback()
  })
}

/**
 * A way to a database that can be closed, cutting what goes through it, and opened again, cutting who first says something; `silence`
 * loses what goes through it.
 */
async function givenProxy(to: URL) {
  const port = await freePorts()
  const sockets = new Set<Socket>()
  let last: string | undefined
  const server = createServer((client) => {
    client.on('data', (sent) => {
      if (!last || !sent.includes(last)) return
      last = undefined
      client.destroy()
    })
    const database = connect(Number(to.port || 3306), to.hostname)
    for (const socket of [client, database]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
    client.pipe(database).pipe(client)
  })
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  getActiveTest()?.cleanup(close)
  return {
    url: String(Object.assign(new URL(to), { hostname: '127.0.0.1', port })),
    async open(word?: string) {
      last = word
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    silence() {
      for (const socket of sockets) socket.unpipe().resume()
    },
    close,
  }
}
