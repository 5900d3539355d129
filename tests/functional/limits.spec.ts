import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import app from '@adonisjs/core/services/app'
import server from '@adonisjs/core/services/server'
import { test } from '@japa/runner'
import { withServer } from '#tests/helpers/server'
import { until } from '#tests/helpers/until'

/** A connection that keeps what it is sent; `allowHalfOpen` lets it go on when the other side has ended. */
async function givenConnection(port: number, allowHalfOpen = false) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen }).setEncoding('utf8')
  const got = { text: '', isClosed: false }
  socket.on('data', (text) => (got.text += text))
  socket.on('error', () => {}).on('close', () => (got.isClosed = true))
  await once(socket, 'connect')
  return { socket, got }
}

test.group('Limits', (group) => {
  const site = withServer(group)
  const countOf = async (status: number) => {
    const metrics = await fetch(`${site().url}/metrics`).then((response) => response.text())
    const line = new RegExp(`_count{route="none",status="${status}"} (.*)`)
    return Number(line.exec(metrics)?.[1] ?? 0)
  }

  test('what is no request, or does not become one in time, is answered, counted and logged', async ({
    assert,
  }) => {
    const bad = [
      { what: 'a header too large', status: 431, text: `GET / HTTP/1.1\r\nX: ${'x'.repeat(2e5)}` },
      { what: 'an address too long', status: 431, text: `GET /${'x'.repeat(2e4)} HTTP/1.1\r\n` },
      { what: 'nonsense', status: 400, text: 'nonsense\r\n\r\n' },
      { what: 'nonsense after an answer', status: 400, text: 'nonsense\r\n\r\n', isSecond: true },
      { what: 'a request that never comes', status: 408, text: '' },
      { what: 'a request that never ends', status: 408, text: 'GET / HTTP/1.1\r\nHost: x\r\n' },
    ]
    await Promise.all(
      bad.map(async ({ what, status, text, isSecond }) => {
        const { socket, got } = await givenConnection(site().port)
        if (isSecond) {
          socket.write('HEAD /favicon.svg HTTP/1.1\r\nHost: x\r\n\r\n')
          await until('an answer', async () => got.text.endsWith('\r\n\r\n'))
          got.text = ''
        }
        socket.write(text)
        await until(`the end of ${what}`, async () => got.isClosed, 40)
        assert.match(got.text, new RegExp(`^HTTP/1\\.1 ${status} `), what)
      })
    )
    const logged = () => site().output.stdout.split('"msg":"no request"').length - 1
    await until('a line each', async () => logged() === bad.length)
    for (const status of [431, 400, 408]) assert.equal(await countOf(status), 2)
    // for seconds nobody has asked, and the process did not stand still
    assert.equal(await site().status('/health/ready'), 200)
  }).timeout(60_000)

  test('nobody has for ever to send a request or to take an answer, nor all connections', ({
    assert,
  }) => {
    const { timeout, requestTimeout, maxConnections } = server.getNodeServer()!
    for (const time of [timeout, requestTimeout]) {
      assert.isAbove(time, 0)
      assert.isAtMost(time, 60_000)
    }
    assert.isAtMost(maxConnections, 10_000)
  })

  test('a connection stays open for longer than the proxy in front keeps it', async ({
    assert,
  }) => {
    const { headers } = await fetch(`${site().url}/health/live`)
    const [, seconds] = /timeout=(\d+)/.exec(headers.get('keep-alive')!)!
    const proxy = readFileSync(app.makePath('deploy/vps/site.conf'), 'utf8')
    const kept = proxy.match(/(?<=ttl=)\d+/g)!
    assert.isAbove(Number(seconds), Math.max(...kept.map(Number)))
  })

  test('an expectation that the server does not know is answered and logged like none', async ({
    assert,
  }) => {
    const { socket, got } = await givenConnection(site().port)
    socket.write(
      'HEAD /favicon.svg HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nUser-Agent: hopeful\r\n\r\n'
    )
    await until('the answer', async () => got.text.endsWith('\r\n\r\n'))
    assert.match(got.text, /^HTTP\/1\.1 200 /)
    await until('its line', async () => site().output.stdout.includes('"user_agent":"hopeful"'))
  })

  test('who goes on sending after a refusal can read it, and is cut off in the end', async ({
    assert,
  }) => {
    const refused = await countOf(431)
    const { socket, got } = await givenConnection(site().port, true)
    // the answer is not read before a megabyte is sent, and by then the server has closed its side
    socket.pause().write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(1e6)}`)
    await sleep(500)
    socket.resume()
    await until('the answer', async () => got.text !== '')
    assert.match(got.text, /^HTTP\/1\.1 431 /)
    while (!got.isClosed) {
      socket.write('x'.repeat(1e5))
      await sleep(100)
    }
    assert.equal(await countOf(431), refused + 1)
  }).timeout(15_000)

  test('a connection answers a thousand requests, however many are sent ahead', async ({
    assert,
  }) => {
    const { socket, got } = await givenConnection(site().port)
    socket.write('GET /favicon.svg HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_200))
    const count = (status: number) => got.text.split(`HTTP/1.1 ${status} `).length - 1
    await until('all answers', async () => count(200) + count(503) === 1_200)
    assert.equal(count(200), 1_000)
    assert.include(got.text, 'Connection: close')
    assert.equal(await site().status('/'), 200)
  })

  test('of those who send ahead and read nothing, some are cut off before they fill the memory', async ({
    assert,
    cleanup,
  }) => {
    await site().answers('/lettings', 200)
    const waiting = async () => {
      const response = await fetch(`${site().url}/metrics`)
      return Number(/http_requests_in_flight (\d+)/.exec(await response.text())![1])
    }
    const connections = await Promise.all(
      Array.from({ length: 5 }, () => givenConnection(site().port))
    )
    cleanup(() => connections.forEach(({ socket }) => socket.destroy()))
    for (const { socket } of connections) {
      socket.pause()
      socket.write('GET /lettings HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_000))
    }
    await until('they wait', async () => (await waiting()) > 100)
    assert.equal(await site().status('/'), 200)
    assert.isBelow(await waiting(), 1_010)
    for (const { socket } of connections) socket.destroy()
    await until('none waits', async () => (await waiting()) === 1)
  })
})
