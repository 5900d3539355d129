import { readdirSync } from 'node:fs'
import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'
import { spawnServer } from '#tests/helpers/server'

const stylesheet = readdirSync(app.publicPath('assets')).find((file) => /^app-.*\.css$/.test(file))!

test.group('Assets', () => {
  test('there is an icon where browsers look for one that draw no SVG', async ({
    assert,
    client,
  }) => {
    const response = await client.get('/favicon.ico')
    assert.equal(response.status(), 200)
    assert.equal(response.header('content-type'), 'image/vnd.microsoft.icon')
  })

  test("a page of the release before or after gets this release's file, for once", async ({
    assert,
    client,
  }) => {
    const own = await client.get(`/assets/${stylesheet}`)
    const response = await client.get('/assets/app-0ther_-R.css')
    assert.equal(response.status(), 200)
    assert.equal(response.header('content-type'), own.header('content-type'))
    assert.equal(response.header('cache-control'), 'no-store')
    assert.equal(response.text(), own.text())
  })

  test('nothing else is found under a name that it does not have: {$self}')
    .with([
      '/assets/app.css',
      '/assets/other-0ther_-R.css',
      '/app-0ther_-R.css',
      '/assets/app-0ther_-R.png',
    ])
    .run(async ({ assert, client }, path) => {
      const response = await client.get(path)
      assert.equal(response.status(), 404)
    })

  test('that cannot be listed for the first page are there for the next', async ({ assert }) => {
    // as with too many open files; NODE_OPTIONS takes no spaces
    const script = `
      import fs from 'node:fs'
      import { syncBuiltinESMExports } from 'node:module'
      const read = fs.readFileSync
      fs.readFileSync = (path, ...options) => {
        if (!String(path).endsWith('manifest.json')) return read(path, ...options)
        fs.readFileSync = read
        syncBuiltinESMExports()
        throw new Error('EMFILE')
      }
      syncBuiltinESMExports()`
    const preload = `--import=data:text/javascript,${encodeURIComponent(script)}`
    const server = await spawnServer({ NODE_OPTIONS: preload })
    await server.answers('/health/ready', 200)
    assert.equal(await server.status('/'), 500)
    assert.equal(await server.status('/'), 200)
  })
})
