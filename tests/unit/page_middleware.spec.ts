import type { HttpContext } from '@adonisjs/core/http'
import { setTimeout } from 'node:timers/promises'
import testUtils from '@adonisjs/core/services/test_utils'
import { test } from '@japa/runner'
import PageMiddleware from '#middleware/page_middleware'
import { cachedPage, forgetPages } from '#services/page_cache'

/** One visitor of a page whose controller sets this status once it is told to. */
async function visit(status: number, ready: Promise<void>) {
  const ctx = await testUtils.createHttpContext()
  ctx.request.request.url = '/under/test'
  ctx.request.request.headers['accept-encoding'] = 'gzip'
  let renders = 0
  const answered = new PageMiddleware().handle(ctx, async () => {
    renders++
    await ready
    ctx.response.status(status).send('<p>page</p>'.repeat(100))
  })
  return { ctx, answered, renders: () => renders }
}

/** What the middleware itself has sent: nothing, or a page as all are sent. */
const sent = ({ response: { response } }: HttpContext) =>
  response.headersSent ? response.statusCode : undefined

test.group('Page middleware', (group) => {
  group.each.setup(() => forgetPages())

  test('who waits gets the same page', async ({ assert }) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const visitors = [await visit(200, promise), await visit(200, promise)]
    resolve()
    await Promise.all(visitors.map(({ answered }) => answered))
    const [first, second] = visitors
    assert.deepEqual([first.renders(), sent(first.ctx)], [1, 200])
    assert.deepEqual([second.renders(), sent(second.ctx)], [0, 200])
    assert.isFalse(first.ctx.response.hasLazyBody, 'its text is not held until it is taken')
  })

  test('nobody waits for a page whose rows were read more than a second ago', async ({
    assert,
  }) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const slow = await visit(200, promise)
    await setTimeout(1_050)
    const late = await visit(200, Promise.resolve())
    await late.answered
    assert.deepEqual([late.renders(), sent(late.ctx)], [1, 200])
    const kept = cachedPage(late.ctx.request.request)
    assert.isDefined(kept)
    resolve()
    await slow.answered
    assert.equal(cachedPage(late.ctx.request.request), kept)
  })

  test('a page is kept until a second after its rows were read', async ({ assert, cleanup }) => {
    const { now } = performance
    cleanup(() => void Object.assign(performance, { now }))
    let clock = now.call(performance)
    performance.now = () => clock
    const { promise, resolve } = Promise.withResolvers<void>()
    const slow = await visit(200, promise)
    clock += 900
    resolve()
    await slow.answered
    clock += 99
    assert.isDefined(cachedPage(slow.ctx.request.request))
    clock += 2
    assert.isUndefined(cachedPage(slow.ctx.request.request))
  })

  test('a page that failed is another one for who comes then, and kept', async ({ assert }) => {
    const failed = await visit(503, Promise.resolve())
    await failed.answered
    assert.isUndefined(cachedPage(failed.ctx.request.request))
    const next = await visit(200, Promise.resolve())
    await next.answered
    assert.isDefined(cachedPage(next.ctx.request.request))
  })

  test('who waits for a page that fails makes one alone, compressed and with its validator', async ({
    assert,
  }) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const visitors = [await visit(503, promise), await visit(200, promise)]
    resolve()
    await Promise.all(visitors.map(({ answered }) => answered))
    const [first, second] = visitors
    assert.deepEqual([first.renders(), sent(first.ctx)], [1, undefined])
    assert.deepEqual([second.renders(), sent(second.ctx)], [1, 200])
    const raw = (second.ctx.response.response as any)._header as string
    assert.match(raw, /^content-encoding: gzip\r$/m)
    assert.match(raw, /^etag: W\//m)
  })

  test('a page whose rows change meanwhile goes to who asked before, whatever comes of it, and is not kept', async ({
    assert,
  }) => {
    for (const status of [200, 404]) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const before = await visit(status, promise)
      forgetPages()
      resolve()
      await before.answered
      assert.equal(sent(before.ctx), status === 200 ? 200 : undefined)
      assert.isUndefined(cachedPage(before.ctx.request.request))
    }
  })
})
