import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from '@japa/runner'
import fc from 'fast-check'

const REQUESTS = 2_500

const oneOf = fc.constantFrom
const nasty = oneOf(
  '%', '%zz', '%00', '%ff', '%c0%ae', '%2e%2e', '%2f', '..', '.', '//', '\\', '%5c', '%0d%0a', '%E2%80%AE', 'é', '%F0%9F%8F%A0',
  '0', '-1', '1.5', '1e9', '99999999999999999999', '007', '+1', 'NaN', 'null', '[object Object]', '__proto__', 'constructor',
  "'", '"', '<script>', '${7*7}', '{{7*7}}', ';', '?', '#', '&', '=', ' ', '\t', '@', '~', '*', ':', '|', 'a'.repeat(3000)
) // prettier-ignore
const segment = fc.oneof(
  nasty,
  oneOf('lettings', 'profiles', 'health', 'sitemaps', 'assets', '1', 'AirWow'),
  fc.string()
)
const path = fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`)
const query = fc.oneof(
  fc.constant(''),
  fc.array(fc.tuple(oneOf('page', 'page[]', 'page[a][b]', '__proto__[x]', 'q', ''), fc.oneof(nasty, fc.string()))).map(
    (pairs) => `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`
  ) // prettier-ignore
)
const method = oneOf(
  'GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'LINK', 'get'
) // prettier-ignore
const header = fc.tuple(
  oneOf('Accept', 'Accept-Encoding', 'If-None-Match', 'If-Modified-Since', 'Range', 'Cookie', 'Content-Type', 'X-Request-Id',
    'X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'Forwarded', 'Content-Length', 'Transfer-Encoding', 'Expect', 'Upgrade',
    'X-HTTP-Method-Override', 'Accept-Language', 'Referer'), // prettier-ignore
  fc.oneof(
    nasty,
    fc.string(),
    oneOf('*/*', 'application/json', 'br;q=0', 'bytes=9-1,-', 'chunked', '100-continue', 'websocket', '"', 'W/') // prettier-ignore
  )
)
const request = fc
  .tuple(
    method,
    path,
    query,
    fc.array(header, { maxLength: 4 }),
    oneOf('localhost', '', '[', 'a b', 'evil.example')
  )
  .map(([verb, target, search, headers, host]) => {
    const lines = [`${verb} ${target}${search} HTTP/1.1`, `Host: ${host}`, 'Connection: close']
    return `${[...lines, ...headers.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`
  })

/** Sends bytes as they are; returns the status of the first answer, 0 where the server closes without one. */
async function send(raw: string) {
  const socket = connect(Number(process.env.PORT), '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', (chunk) => (answer += chunk))
  socket.on('error', () => {})
  socket.setTimeout(3_000, () => socket.destroy())
  socket.write(Buffer.from(raw))
  await once(socket, 'close')
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
}

test.group('Malformed requests', () => {
  test(`${REQUESTS} of them bring not one 5xx`, async ({ assert, client }) => {
    const seen = new Map<number, number>()
    const all = fc.sample(request, { numRuns: REQUESTS, seed: 20_261_122 })
    for (let at = 0; at < all.length; at += 50) {
      const batch = all.slice(at, at + 50)
      const statuses = await Promise.all(batch.map(send))
      for (const [index, status] of statuses.entries()) {
        assert.isBelow(status, 500, JSON.stringify(batch[index]))
        seen.set(status, (seen.get(status) ?? 0) + 1)
      }
    }
    assert.isBelow(seen.get(0) ?? 0, REQUESTS / 100, 'requests without an answer')
    // the requests got past the parser, into routes, and the server is well
    for (const status of [200, 301, 400, 404, 405])
      assert.isAbove(seen.get(status) ?? 0, 0, `no ${status}: ${[...seen]}`)
    const response = await client.get('/lettings/1')
    response.assertStatus(200)
  }).timeout(120_000)
})
