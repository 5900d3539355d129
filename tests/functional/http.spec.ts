import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import app from '@adonisjs/core/services/app'
import testUtils from '@adonisjs/core/services/test_utils'
import { test } from '@japa/runner'
import { lettingFactory } from '#database/factories/letting_factory'
import { profileFactory } from '#database/factories/profile_factory'

/** One request with nothing added to it: no decompression, no redirects, no headers of a client's own. */
function send(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, string>; body: Buffer }>(
    (resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: process.env.PORT, path, method, headers },
        async (answer) => {
          const body = Buffer.concat(await answer.toArray())
          resolve({
            status: answer.statusCode!,
            headers: answer.headers as Record<string, string>,
            body,
          })
        }
      )
      sent.on('error', reject).end()
    }
  )
}

/** The text of a page that must be there. */
async function read(path: string) {
  const { status, body } = await send(path)
  if (status !== 200) throw new Error(`${path} answers ${status}`)
  return String(body)
}

const asset = (end: string) =>
  `/assets/${readdirSync(app.publicPath('assets')).find((file) => file.endsWith(end))}`
const pages = ['/', '/lettings', '/lettings/1', '/profiles', '/profiles/AirWow']

test.group('Addresses', () => {
  test('{from} redirects for good to {to}')
    .with([
      { from: '/lettings/', to: '/lettings' },
      { from: '/lettings/1/', to: '/lettings/1' },
      { from: '/lettings/?page=2&x=%20y', to: '/lettings?page=2&x=%20y' },
      { from: '/profiles/AirWow/?', to: '/profiles/AirWow?' },
      { from: '//lettings//1//', to: '/lettings/1' },
      { from: '//evil.example/', to: '/evil.example' },
      { from: '/\\evil.example\\x/', to: '/%5Cevil.example%5Cx' },
      { from: '/nowhere/', to: '/nowhere' },
    ])
    .run(async ({ assert }, { from, to }) => {
      const { status, headers } = await send(from)
      assert.deepEqual([status, headers.location], [301, to])
      // or else a browser does for as long as it likes
      assert.equal(headers['cache-control'], 'public, max-age=3600')
    })

  test('an address in its absolute form is the same page: {from}')
    .with([
      { from: 'http://site.example/lettings?q=hut', to: '/lettings?q=hut' },
      { from: 'HTTPS://site.example:8000/lettings/1', to: '/lettings/1' },
      { from: 'http://site.example', to: '/' },
      { from: 'http://site.example?x=1', to: '/?x=1' },
      { from: 'http://site.example/favicon.svg', to: '/favicon.svg' },
    ])
    .run(async ({ assert }, { from, to }) => {
      const [absolute, plain] = [await send(from), await send(to)]
      assert.equal(absolute.status, 200)
      assert.isTrue(absolute.body.equals(plain.body))
    })

  test('HEAD answers like GET, without a body', async ({ assert }) => {
    for (const path of [
      ...pages,
      '/health/ready',
      '/sitemap.xml',
      '/robots.txt',
      asset('.css'),
      '/nowhere',
      '/lettings/99',
    ]) {
      const [get, head] = [await send(path), await send(path, {}, 'HEAD')]
      assert.equal(head.status, get.status, path)
      assert.equal(head.body.length, 0, path)
      for (const name of ['content-type', 'content-length', 'etag', 'cache-control']) {
        assert.equal(head.headers[name], get.headers[name], `${path} ${name}`)
      }
    }
  })

  test('other methods are refused with what is allowed', async ({ assert }) => {
    for (const path of [
      ...pages,
      '/health/live',
      '/robots.txt',
      '/sitemaps/pages-1.xml',
      '/favicon.svg',
      asset('.css'),
    ]) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
        const { status, headers } = await send(path, {}, method)
        assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], `${method} ${path}`)
      }
    }
    const nowhere = await send('/nowhere', {}, 'POST')
    assert.equal(nowhere.status, 404)
  })

  test('errors are JSON for a client that wants JSON', async ({ assert }) => {
    const { status, headers, body } = await send('/lettings/99', { accept: 'application/json' })
    assert.equal(status, 404)
    assert.match(headers['content-type'], /^application\/json/)
    assert.equal(JSON.parse(String(body)).status, 404)
  })

  test('a client that rather has JSON than HTML gets it, whoever came before', async ({
    assert,
  }) => {
    await send('/nowhere', { accept: 'text/html' })
    for (const accept of ['text/html;q=0.9, application/json', 'text/html;q=0, */*']) {
      const { status, headers } = await send('/nowhere', { accept })
      assert.equal(status, 404)
      assert.match(headers['content-type'], /^application\/json/, accept)
    }
  })
})

test.group('Caching', () => {
  test('a page is revalidated by its ETag and starts no session', async ({ assert }) => {
    for (const path of [...pages, '/sitemap.xml', '/robots.txt']) {
      const { headers } = await send(path)
      assert.match(headers.etag, /^W\/"[\w-]{27}"$/, path)
      assert.equal(headers['cache-control'], 'public, max-age=0, must-revalidate', path)
      assert.notProperty(headers, 'set-cookie', path)

      const again = await send(path, {
        'if-none-match': headers.etag,
        'cookie': 'adonis-session=x',
      })
      assert.equal(again.status, 304, path)
      assert.equal(again.body.length, 0, path)
      assert.equal(again.headers.etag, headers.etag, path)
      const other = await send(path, { 'if-none-match': 'W/"other"' })
      assert.equal(other.status, 200, path)
    }
  })

  test('whether the site is well is asked anew each time', async ({ assert }) => {
    for (const path of ['/health/live', '/health/ready']) {
      const { headers } = await send(path)
      assert.equal(headers['cache-control'], 'no-store', path)
    }
  })

  test('{path} comes in the best encoding that its reader takes, and is the same page in each')
    .with([{ path: '/lettings' }, { path: '/nowhere' }])
    .run(async ({ assert }, { path }) => {
      const zstd = await send(path, { 'accept-encoding': 'gzip, deflate, br, zstd' })
      const brotli = await send(path, { 'accept-encoding': 'gzip, deflate, br, zstd;q=0' })
      const gzip = await send(path, { 'accept-encoding': 'br;q=0, gzip' })
      const plain = await send(path)
      assert.equal(zstd.headers['content-encoding'], 'zstd')
      assert.isTrue(zstdDecompressSync(zstd.body).equals(plain.body))
      assert.equal(brotli.headers['content-encoding'], 'br')
      assert.isTrue(brotliDecompressSync(brotli.body).equals(plain.body))
      assert.equal(gzip.headers['content-encoding'], 'gzip')
      assert.isTrue(gunzipSync(gzip.body).equals(plain.body))
      assert.notProperty(plain.headers, 'content-encoding')
      for (const { headers } of [plain, zstd, brotli, gzip]) {
        assert.match(headers.vary, /Accept-Encoding/i)
        assert.equal(headers.etag, plain.headers.etag)
      }
    })

  test('a page that is too small for it is not compressed', async ({ assert }) => {
    const { headers } = await send('/robots.txt', { 'accept-encoding': 'br' })
    assert.notProperty(headers, 'content-encoding')
  })
})

test.group('Static files', () => {
  test('an asset lasts a year, comes compressed, in ranges and conditionally', async ({
    assert,
  }) => {
    const path = asset('.css')
    const plain = await send(path)
    assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal(plain.headers.vary, 'Accept-Encoding')
    const brotli = await send(path, { 'accept-encoding': 'gzip, deflate, br, zstd' })
    assert.equal(brotli.headers['content-encoding'], 'br')
    assert.isTrue(brotliDecompressSync(brotli.body).equals(plain.body))
    const gzip = await send(path, { 'accept-encoding': 'gzip' })
    assert.isTrue(gunzipSync(gzip.body).equals(plain.body))
    const again = await send(path, { 'if-none-match': plain.headers.etag })
    assert.equal(again.status, 304)
    const size = plain.body.length
    for (const [range, status, given, from, to] of [
      ['bytes=0-9', 206, `bytes 0-9/${size}`, 0, 10],
      ['bytes=-9', 206, `bytes ${size - 9}-${size - 1}/${size}`, size - 9],
      [`bytes=${size}-`, 416, `bytes */${size}`, size],
      ['bytes=0-1,3-4', 200],
      ['bytes=x', 200],
      // an unknown unit is no range at all
      ['lines=0-9', 200],
      ['lines=999999-', 200],
    ] as [string, number, string?, number?, number?][]) {
      const { headers, body, ...part } = await send(path, { range })
      assert.deepEqual([part.status, headers['content-range']], [status, given], range)
      assert.isTrue(body.equals(plain.body.subarray(from, to)), range)
    }
    const unless = await send(path, { 'range': 'bytes=0-9', 'if-range': '"other"' })
    assert.equal(unless.status, 200)
    const known = await send(path, { 'range': 'bytes=0-9', 'if-none-match': plain.headers.etag })
    assert.equal(known.status, 304)
    // of which RFC 9110 knows no range
    const head = await send(path, { range: 'bytes=0-9' }, 'HEAD')
    assert.deepEqual([head.status, head.headers['content-length']], [200, String(size)])
  })

  test('other public files are revalidated within the hour', async ({ assert }) => {
    const { status, headers } = await send('/favicon.svg')
    assert.equal(status, 200)
    assert.equal(headers['cache-control'], 'public, max-age=3600, must-revalidate')
  })
})

test.group('Security', () => {
  test('{path} has every security header and says nothing of what it runs on')
    .with(
      ['/', '/nowhere', '/%', '/lettings/', '/favicon.svg', '/health/live', '/sitemap.xml'].map(
        (path) => ({ path })
      )
    )
    .run(async ({ assert }, { path }) => {
      const { headers } = await send(path)
      const policy = headers['content-security-policy']
      assert.match(policy, /default-src 'none'.*base-uri 'none'.*frame-ancestors 'none'/)
      assert.equal(policy.includes("form-action 'self'"), path !== '/%')
      // nothing inline, but for the style of the page about errors, and nothing from elsewhere
      for (const source of policy.split('; ').flatMap((one) => one.split(' ').slice(1)))
        assert.match(source, /^'(none|self|inline-speculation-rules|sha256-.*)'$/)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'strict-origin-when-cross-origin')
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
      assert.match(headers['permissions-policy'], /^(\w+=\(\)(, |$))+$/)
      assert.notProperty(headers, 'x-powered-by')
      assert.notProperty(headers, 'server')
      assert.notProperty(headers, 'strict-transport-security')
    })

  test('behind TLS the browser is told to stay there', async ({ assert }) => {
    for (const path of ['/', '/lettings/', '/%']) {
      const { headers } = await send(path, { 'x-forwarded-proto': 'https' })
      assert.equal(headers['strict-transport-security'], 'max-age=31536000', path)
    }
  })
})

test.group('Sitemap', () => {
  test('names every page once, absolutely', async ({ assert }) => {
    const pathsIn = async (path: string) => {
      const { headers, body } = await send(path)
      assert.match(headers['content-type'], /^application\/xml/)
      return [...String(body).matchAll(/<loc>(.*?)<\/loc>/g)].map(
        ([, url]) => new URL(url).pathname
      )
    }
    const pieces = await pathsIn('/sitemap.xml')
    assert.deepEqual(pieces, [
      '/sitemaps/pages-1.xml',
      '/sitemaps/lettings-1.xml',
      '/sitemaps/profiles-1.xml',
    ])
    const paths = await Promise.all(pieces.map(pathsIn))
    const found = paths.flat()
    assert.equal(found.length, 3 + 6 + 4)
    for (const path of found) await read(path)
  })

  test('names a user of other letters as an address does', async ({ assert, cleanup }) => {
    cleanup(await testUtils.db().withGlobalTransaction())
    await profileFactory({ user: { username: 'zoë@x' } }).create()
    assert.include(await read('/sitemaps/profiles-1.xml'), '/profiles/zo%C3%AB%40x<')
  })

  test('has a piece for each few thousand ids in use', async ({ assert, cleanup }) => {
    cleanup(await testUtils.db().withGlobalTransaction())
    for (const id of [5_000, 5_001, 600_000_000]) await lettingFactory().merge({ id }).create()
    const index = await read('/sitemap.xml')
    const pieces = index.match(/\/sitemaps\/lettings-.*?\.xml/g)!
    const [first, second, last] = await Promise.all(pieces.map(read))
    assert.lengthOf(pieces, 3)
    assert.include(first, '/lettings/6<')
    assert.include(first, '/lettings/5000<')
    assert.lengthOf(second.match(/<loc>/g)!, 1)
    const between = await send('/sitemaps/lettings-3.xml')
    assert.equal(between.status, 404)
    assert.lengthOf(last.match(/<loc>/g)!, 1)
    assert.include(last, '/lettings/600000000<')
  })

  test('robots.txt leads to it, and from health alone', async ({ assert }) => {
    const { headers, body } = await send('/robots.txt')
    assert.match(headers['content-type'], /^text\/plain/)
    assert.match(String(body), /^Sitemap: http:\/\/[^/]+\/sitemap\.xml$/m)
    assert.deepEqual(String(body).match(/(?<=^Disallow: ).*/gm), ['/health/'])
  })
})
