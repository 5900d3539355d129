import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { glob } from 'node:fs/promises'
import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'
import edge from 'edge.js'
import { Listing } from '#services/lists/listing'
import { spawnServer } from '#tests/helpers/server'

const get = (path: string, headers = {}) =>
  fetch(`http://127.0.0.1:${process.env.PORT}${path}`, { headers })

test.group('A page that breaks', (group) => {
  group.each.setup(() => {
    const { find } = Listing
    Listing.find = () => {
      throw new Error('a detail for the log alone')
    }
    return () => {
      Listing.find = find
    }
  })

  test('is a 500 that says nothing of the cause and depends on no asset', async ({ assert }) => {
    const response = await get('/lettings/1')
    const html = await response.text()
    assert.equal(response.status, 500)
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.match(html, /<h1[\s>]/)
    assert.include(html, 'href="/"')
    assert.notInclude(html, 'a detail')
    assert.notMatch(html, /\/assets\/|<script|<link[^>]+stylesheet/)
  })

  test('can be asked for again, where that may help', async ({ assert }) => {
    for (const [path, again] of [
      ['/lettings/1', 1],
      ['/%', 0],
    ] as const) {
      const response = await get(path)
      const html = await response.text()
      assert.equal(html.split('href=""').length - 1, again, path)
    }
  })

  test('has a policy that allows its own style and nothing else', async ({ assert }) => {
    const response = await get('/lettings/1')
    const style = /<style>([\s\S]*?)<\/style>/.exec(await response.text())![1]
    const hash = createHash('sha256').update(style).digest('base64')
    const policy = response.headers.get('content-security-policy')!
    assert.include(policy, `style-src 'sha256-${hash}'`)
    assert.include(policy, "default-src 'none'")
  })

  test('is JSON for a client that wants JSON', async ({ assert }) => {
    const response = await get('/lettings/1', { accept: 'application/json' })
    assert.equal(response.status, 500)
    assert.sameMembers(Object.keys((await response.json()) as object), [
      'status',
      'title',
      'message',
    ])
  })

  test('is told in plain words where the page that says so breaks itself: {path}')
    .with([
      { path: '/lettings/1', status: 500 },
      { path: '/%', status: 400 },
    ])
    .run(async ({ assert, cleanup }, { path, status }) => {
      const { renderSync } = edge
      cleanup(() => void (edge.renderSync = renderSync))
      edge.renderSync = () => {
        throw new Error('a detail for the log alone')
      }
      const response = await get(path)
      const html = await response.text()
      assert.equal(response.status, status)
      assert.match(response.headers.get('content-type')!, /^text\/html/)
      assert.equal(response.headers.get('cache-control'), 'no-store')
      assert.match(html, /<h1>[^<]+<\/h1>/)
      assert.notInclude(html, 'a detail')
    })
})

test('where the process may open no more files, pages are a whole 503, told once, until it may', async ({
  assert,
}) => {
  const server = await spawnServer()
  await server.answers('/health/ready', 200)
  const mayOpen = (count: number) =>
    execFileSync('prlimit', ['--pid', `${server.child.pid}`, `--nofile=${count}:`])
  // a connection is free for what is asked next once its answer is read
  await fetch(`${server.url}/lettings`).then((page) => page.text())
  // fewer than are open by now
  mayOpen(10)
  for (const id of [1, 2]) {
    // whose template nobody has needed yet
    const page = await fetch(`${server.url}/lettings/${id}`)
    assert.equal(page.status, 503)
    assert.include(await page.text(), '<style>')
  }
  mayOpen(1024)
  assert.equal(await server.status('/lettings/1'), 200)
  const told = server.output.stdout.split('\n').filter((line) => /"level":[456]0/.test(line))
  assert.lengthOf(told, 1)
  assert.include(told[0], 'EMFILE')
}).skip(process.platform !== 'linux', 'prlimit is a program of Linux')

test.group('Views', () => {
  test('every template compiles', async ({ assert }) => {
    const templates = await Array.fromAsync(glob('**/*.edge', { cwd: app.viewsPath() }))
    assert.isAbove(templates.length, 10)
    edge.createRenderer()
    for (const file of templates) edge.asyncCompiler.compile(file.replace(/\.edge$/, ''))
  })
})
