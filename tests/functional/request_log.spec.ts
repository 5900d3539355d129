import { connect } from 'node:net'
import { test } from '@japa/runner'
import { givenBroken, spawnServer, withServer } from '#tests/helpers/server'
import { until } from '#tests/helpers/until'

type Server = Awaited<ReturnType<typeof spawnServer>>

const linesOf = ({ output }: Server): any[] =>
  output.stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

const requestsOf = (server: Server) => linesOf(server).filter(({ msg }) => msg === 'request')

/** The one line about a request that was given this name. */
const lineOf = (server: Server, id: string) =>
  until(`a line about ${id}`, async () => {
    const lines = requestsOf(server).filter(({ request_id: name }) => name === id)
    if (lines.length > 1) throw new Error(`${lines.length} lines about ${id}`)
    return lines[0]
  })

async function givenServer(env: Record<string, string> = {}) {
  const server = await spawnServer(env)
  await server.answers('/health/ready', 200)
  return server
}

test.group('Request log', (group) => {
  const site = withServer(group)

  test('a page, a file, a redirect, a miss and a broken address have a line each, under the name that the client is told', async ({
    assert,
  }) => {
    const server = site()
    const headers = {
      'user-agent': 'Tests/1.0',
      'x-forwarded-for': '203.0.113.7',
      'accept-encoding': 'identity',
    }
    for (const [path, status, route] of [
      ['/lettings/1?secret=x', 200, '/lettings/:id'],
      ['/favicon.svg', 200, undefined],
      ['/lettings/', 301, undefined],
      ['/lettings/99', 404, '/lettings/:id'],
      ['/nowhere', 404, undefined],
      ['/%C0%80', 400, undefined],
    ] as const) {
      const started = performance.now()
      const response = await fetch(server.url + path, { headers, redirect: 'manual' })
      const body = await response.arrayBuffer()
      const line = await lineOf(server, response.headers.get('x-request-id')!)
      const elapsed = performance.now() - started
      assert.containsSubset(line, {
        level: 30,
        method: 'GET',
        path: path.split('?')[0],
        status,
        ip: '203.0.113.7',
        user_agent: 'Tests/1.0',
      })
      assert.equal(response.status, status)
      assert.equal(line.route, route)
      // and the headers
      assert.closeTo(line.bytes, body.byteLength + 1_500, 1_500)
      assert.closeTo(line.time, Date.now(), 20_000)
      assert.notProperty(line, 'aborted')
      assert.isAbove(line.ms, 0)
      assert.isAtMost(line.ms, elapsed)
    }
    assert.notInclude(server.output.stdout, 'secret')
  })

  test('a health check has a line only if it fails', async ({ assert }) => {
    const server = await givenBroken('drop table adonis_schema')
    await server.answers('/health/ready', 503)
    const checks = () => requestsOf(server).filter(({ path }) => path === '/health/ready')
    await until('the line of one that fails', async () => checks().length)
    assert.deepEqual([...new Set(checks().map(({ status }) => status))], [503])
  })

  test('a client that leaves before its answer has a line that says so', async () => {
    const server = site()
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET /card.png HTTP/1.1\r\nHost: x\r\n\r\n', () => {
      setImmediate(() => socket.resetAndDestroy())
    })
    await until('an aborted request', async () => requestsOf(server).find((line) => line.aborted))
  })

  test('only a trusted proxy names a request, and only in a well-formed way', async ({
    assert,
  }) => {
    const nameOf = async ({ url }: Server, name: string) => {
      const response = await fetch(url, { headers: { 'x-request-id': name } })
      return response.headers.get('x-request-id')
    }
    const trusting = site()
    const wary = await givenServer({ TRUST_PROXY: '192.0.2.1' })
    assert.equal(await nameOf(trusting, 'proxy-said.1234'), 'proxy-said.1234')
    for (const [server, name] of [
      [wary, 'proxy-said.1234'],
      [trusting, 'short'],
      [trusting, 'x'.repeat(129)],
      [trusting, 'two words here'],
      [trusting, '{"a":"json text"}'],
    ] as const) {
      assert.match((await nameOf(server, name))!, /^[\da-f-]{36}$/)
    }
  })

  test('an error is logged once, with its stack and the name of its request; a mistake of the client is none', async ({
    assert,
  }) => {
    const sql = 'alter table users rename column username to name'
    const server = await givenBroken(sql, { TRUST_PROXY: '192.0.2.1' })
    await server.status('/lettings/99')
    await fetch(`${server.url}/lettings`, { method: 'POST' })
    const response = await fetch(`${server.url}/profiles/AirWow`, {
      headers: { 'x-request-id': 'chosen-by-a-client' },
    })
    assert.equal(response.status, 500)
    const id = response.headers.get('x-request-id')!
    await lineOf(server, id)
    const errors = linesOf(server).filter(({ level }) => level > 30)
    assert.lengthOf(errors, 1)
    assert.equal(errors[0].request_id, id)
    assert.match(errors[0].err.message, /where username = \?.*no such column: username/)
    assert.match(errors[0].err.stack, /\n +at /)
    assert.notInclude(JSON.stringify(errors), 'AirWow')
    assert.notInclude(server.output.stdout, 'chosen-by-a-client')
  })

  test('a storm of misses is counted instead of logged', async ({ assert }) => {
    const server = await givenServer()
    const long = 'x'.repeat(2_000)
    const miss = () => fetch(`${server.url}/${long}`, { headers: { 'user-agent': long } })
    for (let round = 0; round < 20; round++) {
      const misses = await Promise.all(Array.from({ length: 30 }, miss))
      await Promise.all(misses.map((response) => response.arrayBuffer()))
    }
    const logged = () => requestsOf(server).filter(({ status }) => status === 404).length
    const counts = () => linesOf(server).flatMap(({ count }) => count ?? [])
    const sum = () => counts().reduce((one, other) => one + other, logged())
    await until('the count', async () => sum() === 600)
    // fifty each five seconds, however long the requests took
    assert.isAtMost(logged(), 50 * (counts().length + 1))
    assert.isBelow(Math.max(...server.output.stdout.split('\n').map((line) => line.length)), 1_500)
    assert.equal(await server.status('/'), 200)
  })

  test('a database that is away is told of once with its stack, and then counted', async ({
    assert,
  }) => {
    const server = await givenBroken('alter table listings rename to gone')
    for (let round = 0; round < 10; round++) {
      const statuses = await Promise.all(
        Array.from({ length: 20 }, (_, at) => server.status(`/lettings?n=${round}-${at}`))
      )
      assert.deepEqual([...new Set(statuses)], [503])
    }
    const warnings = () => linesOf(server).filter(({ level }) => level > 30)
    const told = () => warnings().filter(({ err }) => err)
    const counted = () => warnings().reduce((sum, { count }) => sum + (count ?? 0), 0)
    await until('the count', async () => told().length + counted() === 200)
    assert.match(told()[0].err.stack, /no such table: listings\n +at /)
    // one each five seconds, however long the requests took
    assert.isAtMost(told().length, 5)
    const unavailable = () => requestsOf(server).filter(({ status }) => status === 503).length
    await until('a line about each', async () => unavailable() === 200)
  })

  test('LOG_LEVEL=warn leaves requests out', async ({ assert }) => {
    const server = await givenServer({ LOG_LEVEL: 'warn' })
    await server.status('/')
    server.child.kill('SIGTERM')
    await server.exit
    assert.equal(server.output.stdout, '')
  })

  test('the last request has its line when the process ends at once', async () => {
    // ends with the answer to /?last; NODE_OPTIONS takes no spaces
    const script = `
      import { subscribe } from 'node:diagnostics_channel'
      subscribe('http.server.response.finish', ({ request }) =>
        request.url === '/?last' && setImmediate(() => process.exit()))`
    const preload = `--import=data:text/javascript,${encodeURIComponent(script)}`
    const server = await givenServer({ NODE_OPTIONS: preload })
    const { headers } = await fetch(`${server.url}/?last`)
    await server.exit
    await lineOf(server, headers.get('x-request-id')!)
  })
})
