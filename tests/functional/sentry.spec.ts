import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import app from '@adonisjs/core/services/app'
import { getActiveTest, test } from '@japa/runner'
import { givenBroken, givenFolder, spawnServer } from '#tests/helpers/server'
import { until } from '#tests/helpers/until'

/** What Sentry's ingest gets: each item of each envelope, in a server that answers with `status`, or never if that is 0. */
async function givenIngest(status = 200) {
  const items: { type: string; payload: any }[] = []
  const counts = { requests: 0 }
  let text = ''
  const server = createServer(async (request, response) => {
    counts.requests++
    const body = Buffer.concat(await request.toArray())
    const raw = String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
    text += raw
    const [, ...lines] = raw.split('\n').filter(Boolean)
    for (let at = 0; at + 1 < lines.length; at += 2) {
      items.push({ type: JSON.parse(lines[at]).type, payload: JSON.parse(lines[at + 1]) })
    }
    if (status) response.writeHead(status, status === 429 ? { 'Retry-After': '60' } : {}).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  getActiveTest()?.cleanup(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    dsn: `http://public@127.0.0.1:${(server.address() as AddressInfo).port}/1`,
    counts,
    everything: () => text,
    all: (type: string) => items.flatMap((item) => (item.type === type ? [item.payload] : [])),
    item: (what: string, type: string, fits: (payload: any) => boolean) =>
      until(what, async () => {
        const found = items.find((item) => item.type === type && fits(item.payload))
        return found?.payload
      }),
  }
}

/** A site that reports to `dsn`, and on which a profile is a 500. */
const givenSite = (dsn: string) =>
  givenBroken('alter table users rename column username to name', {
    SENTRY_DSN: dsn,
    SENTRY_ENVIRONMENT: 'tests',
    SENTRY_TRACES_SAMPLE_RATE: '1',
    RELEASE: 'abc123',
  })

/** Runs a command that reports to `dsn`, to its end; returns its exit code. */
async function givenCommand(dsn: string, command: string) {
  const folder = await givenFolder()
  const child = spawn(
    process.execPath,
    ['--import=@poppinss/ts-exec', 'bin/console.ts', ...command.split(' ')],
    {
      cwd: app.makePath(),
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        ENV_PATH: folder,
        APP_KEY: 'a-key-of-the-tests-own',
        DB_FILE: join(folder, 'site.sqlite3'),
        SENTRY_DSN: dsn,
      },
    }
  )
  getActiveTest()?.cleanup(() => void child.kill('SIGKILL'))
  const [code] = await once(child, 'exit')
  return code
}

/** Milliseconds from SIGTERM until a server has ended by itself, and well. */
async function timeToEnd({ child, exit }: Awaited<ReturnType<typeof spawnServer>>) {
  const told = Date.now()
  child.kill('SIGTERM')
  const ended = await exit
  if (ended.code !== 0) throw new Error(`it ended with ${JSON.stringify(ended)}`)
  return Date.now() - told
}

test.group('Sentry', () => {
  test('is told of a 5xx with its request and visitor, of its log lines, and of no 4xx or secret', async ({
    assert,
  }) => {
    const ingest = await givenIngest()
    const site = await givenSite(ingest.dsn)
    for (const path of ['/nowhere', '/lettings/99']) assert.equal(await site.status(path), 404)
    const response = await fetch(`${site.url}/profiles/secret-value?token=secret-query`, {
      headers: {
        'user-agent': 'Tests/1.0',
        'x-forwarded-for': '203.0.113.7',
        'x-forwarded-proto': 'https',
        'x-request-id': 'named-by-the-proxy',
        'cookie': 'theme=secret-cookie',
        'authorization': 'Bearer secret-bearer',
        'x-api-key': 'secret-key',
        'x-my-token': 'secret-token',
        'x-secret': 'secret-header',
      },
    })
    assert.equal(response.status, 500)

    const event = await ingest.item('the error', 'event', ({ exception }) => exception)
    assert.containsSubset(event, {
      environment: 'tests',
      release: 'abc123',
      transaction: 'GET /profiles/:username',
      tags: { request_id: 'named-by-the-proxy', route: '/profiles/:username', method: 'GET' },
      user: { ip_address: '203.0.113.7', user_agent: 'Tests/1.0' },
      request: { method: 'GET', headers: { 'user-agent': 'Tests/1.0' } },
      contexts: { response: { status_code: 500 } },
    })
    assert.include(event.request.url, `${site.url.replace('http', 'https')}/profiles/`)
    const [{ value, stacktrace }] = event.exception.values
    assert.match(value, /where username = \?.*no such column/)
    const files = stacktrace.frames.map(({ filename }: any) => filename)
    assert.include(files.join(), 'app/controllers/profiles_controller.ts')

    const trace = await ingest.item('its transaction', 'transaction', (one) =>
      one.transaction.includes('/profiles')
    )
    assert.containsSubset(trace, {
      transaction: 'GET /profiles/:username',
      contexts: { trace: { status: 'internal_error', data: { 'http.request.method': 'GET' } } },
    })
    // else Sentry gathers lines for five seconds
    site.child.kill('SIGTERM')
    const logs = await ingest.item('its log line', 'log', () => true)
    const log = logs.items.find(({ body }: any) => body === 'the request failed')
    assert.equal(log.level, 'error')
    assert.equal(log.attributes.request_id.value, 'named-by-the-proxy')
    assert.include(log.attributes.err.value, 'no such column')
    // the lines of requests stay here
    assert.notInclude(JSON.stringify(logs), '"body":"request"')
    // each proxy asks once a second, of each copy: most of all transactions would be these
    const traced = ingest.all('transaction').map(({ transaction }) => transaction)
    assert.notInclude(traced.join(), '/health')

    for (const secret of ['query', 'cookie', 'bearer', 'key', 'token', 'header']) {
      assert.notInclude(ingest.everything(), `secret-${secret}`)
    }
    assert.lengthOf(ingest.everything().match(/"exception":/g)!, 1)
    // the address of a page is no secret; the value that its query was given is not repeated
    assert.notInclude(ingest.everything(), "'secret-value'")
  })

  test('is told of the first errors of a storm, each with a trace of its own', async ({
    assert,
  }) => {
    const ingest = await givenIngest()
    const site = await givenSite(ingest.dsn)
    // in turns, for Sentry's client leaves out what is the same as the error before
    for (let round = 0; round < 60; round++) {
      assert.equal(await site.status('/profiles/x'), 500)
      assert.equal(await site.status('/profiles'), 500)
    }
    await timeToEnd(site)
    const events = ingest.all('event')
    // 50 in each 5 s, of which a slow machine may need more than one
    assert.isAtLeast(events.length, 50)
    assert.isBelow(events.length, 120)
    const traces = new Set(events.map(({ contexts }) => contexts.trace.trace_id))
    assert.equal(traces.size, events.length)
  })

  test('is told of failing commands alone, with their arguments, of which secrets are left out', async ({
    assert,
  }) => {
    const ingest = await givenIngest()
    const expected = {
      'make:service x --contents-from=/none --password secret-1 --api-key=secret-2 secret-3': [
        1,
        'x --contents-from=/none --password [Filtered] --api-key=[Filtered] [Filtered]',
      ],
      'users:password nobody secret-4': [2, 'nobody [Filtered]'],
      'django:import mysql://root:secret-5/@secret-6@localhost/x': [
        1,
        'mysql://[Filtered]@localhost/x',
      ],
    } as const
    await Promise.all(
      Object.entries(expected).map(async ([command, [code, told]]) => {
        assert.equal(await givenCommand(ingest.dsn, command), code)
        const [name] = command.split(' ')
        const event = await ingest.item(name, 'event', ({ tags }) => tags?.command === name)
        assert.deepEqual(event.contexts.command, { name, arguments: told.split(' ') })
      })
    )
    assert.notInclude(ingest.everything(), 'secret-')
    assert.equal(await givenCommand(ingest.dsn, 'generate:key --show'), 0)
    assert.lengthOf(ingest.all('event'), Object.keys(expected).length)
  })

  test('never answers: a failing command ends all the same', async ({ assert }) => {
    const ingest = await givenIngest(0)
    assert.equal(await givenCommand(ingest.dsn, 'make:migration x --connection=none'), 1)
    assert.isAtLeast(ingest.counts.requests, 1)
  })

  test('is told of {what} before the process ends')
    .with([
      { what: 'an uncaught exception', code: "throw new Error('broken')" },
      { what: 'an unhandled rejection', code: "Promise.reject(new Error('broken'))" },
    ])
    .run(async ({ assert }, { code }) => {
      const ingest = await givenIngest()
      const site = await spawnServer({ SENTRY_DSN: ingest.dsn, NODE_OPTIONS: onSignal(code) })
      await site.answers('/health/ready', 200)
      site.child.kill('SIGUSR2')
      const event = await ingest.item('the event', 'event', ({ exception }) => exception)
      assert.equal(event.exception.values[0].value, 'broken')
      assert.deepEqual(await site.exit, { code: 1, signal: null })
    })

  test('is not loaded without SENTRY_DSN', async ({ assert }) => {
    const ingest = await givenIngest()
    const loaded = async (dsn: string) => {
      const code = 'console.log(`Sentry: ${typeof globalThis.__SENTRY__}.`)'
      const site = await spawnServer({ SENTRY_DSN: dsn, NODE_OPTIONS: onSignal(code) })
      await site.answers('/lettings', 200)
      site.child.kill('SIGUSR2')
      return until('its answer', async () => /Sentry: (\w+)\./.exec(site.output.stdout)?.[1])
    }
    const all = await Promise.all(['', ingest.dsn].map(loaded))
    assert.deepEqual(all, ['undefined', 'object'])
  })

  test('{title}: the site answers as ever and ends in time')
    .with([
      { title: 'refusing', status: 503 },
      { title: 'rate-limiting', status: 429 },
      { title: 'never answering', status: 0 },
      { title: 'gone', status: -1 },
    ])
    .run(async ({ assert }, { status }) => {
      const ingest = await givenIngest(Math.max(status, 0))
      const dsn = status < 0 ? 'http://public@127.0.0.1:1/1' : ingest.dsn
      const [site, plain] = await Promise.all([givenSite(dsn), givenSite('')])
      const asked = Date.now()
      for (let round = 0; round < 20; round++) {
        assert.equal(await site.status('/profiles/x'), 500)
        assert.equal(await site.status('/lettings'), 200)
      }
      assert.isBelow(Date.now() - asked, 5_000)
      if (status === 429) assert.isAtMost(ingest.counts.requests, 20)
      // two seconds, and on a busy machine what the end takes anyway
      assert.isBelow(await timeToEnd(site), 2_000 + (await timeToEnd(plain)))
    })
})

/** Options for Node that run some code in a process once it gets SIGUSR2. */
const onSignal = (code: string) =>
  `--import=data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${code} })`)}`
