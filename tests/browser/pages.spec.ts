import { setTimeout as sleep } from 'node:timers/promises'
import { test } from '@japa/runner'
import type { Page } from 'playwright'
import { givenHttpServer } from '#tests/helpers/server'
import { until } from '#tests/helpers/until'
import {
  inEachView,
  kinds,
  open,
  origin,
  overflows,
  violations,
  watched,
  withManyRows,
} from './helpers.js'

/** Bytes that a first visit may move, all in all. */
const BUDGET = 40 * 1024

test.group('Every page', (group) => {
  withManyRows(group)

  test('{kind}: accessible, quiet, still and within the window, wide and narrow, light and dark')
    .with(kinds)
    .run(async ({ assert, browserContext }, { path }) => {
      const page = await browserContext.newPage()
      const wrongs = watched(page)
      await inEachView(page, path, [360, 1440], async (view) => {
        // before axe-core scrolls about in it
        const { shift, moved } = await layoutShift(page)
        assert.isBelow(shift, 0.01, `${view}: ${moved} moved`)
        assert.deepEqual(await violations(page), [], view)
        assert.isFalse(await overflows(page), `sticks out: ${view}`)
      })
      assert.deepEqual(wrongs, [])
    })

  test('{kind}: still where it arrives in pieces, as on a slow line')
    .with(kinds)
    .run(async ({ assert, browserContext }, { path }) => {
      const far = await givenHttpServer(async ({ url }, response) => {
        const answer = await fetch(origin() + url)
        const type = answer.headers.get('content-type')!
        response.writeHead(answer.status, { 'content-type': type })
        const body = Buffer.from(await answer.arrayBuffer())
        const piece = type.startsWith('text/html') ? Math.ceil(body.length / 10) : body.length
        for (let at = 0; at < body.length; at += piece) {
          response.write(body.subarray(at, at + piece))
          await sleep(50)
        }
        response.end()
      })
      const page = await browserContext.newPage()
      await page.goto(far + path)
      const { shift, moved } = await layoutShift(page)
      assert.isBelow(shift, 0.01, `${moved} moved`)
    })

  test('{kind}: fits into 320 px, with letters three times as large too, and into 2560')
    .with(kinds)
    .run(async ({ assert, browserContext }, { path }) => {
      const page = await browserContext.newPage()
      for (const width of [320, 2560]) {
        await page.setViewportSize({ width, height: 900 })
        await page.goto(origin() + path)
        assert.isFalse(await overflows(page), `sticks out at ${width}`)
        await page.evaluate(() => (document.documentElement.style.fontSize = '300%'))
        assert.isFalse(await overflows(page), `sticks out at ${width} with large letters`)
      }
    })

  test('{kind}: a thumb hits what it aims at')
    .with(kinds)
    .run(async ({ assert, browser }, { path }) => {
      const viewport = { width: 390, height: 800 }
      const context = await browser.newContext({ hasTouch: true, isMobile: true, viewport })
      const page = await open(context, path)
      const heights = await page
        .locator('a:visible, button:visible, input:visible, select:visible, summary')
        .evaluateAll((all) =>
          all
            // a card's name has all of the card
            .filter((target) => getComputedStyle(target, '::after').content === 'none')
            .map((target) => Math.round(target.getBoundingClientRect().height))
        )
      assert.isNotEmpty(heights)
      assert.isAtLeast(Math.min(...heights), 44)
      await context.close()
    })

  test('{kind}: a first visit moves at most 40 KB')
    .with(kinds)
    .run(async ({ assert, browserContext }, { path }) => {
      const page = await browserContext.newPage()
      const sizes: Promise<number>[] = []
      page.on('requestfinished', (request) => {
        const size = request.sizes()
        sizes.push(
          size.then(
            ({ responseHeadersSize, responseBodySize }) => responseHeadersSize + responseBodySize
          )
        )
      })
      await page.goto(origin() + path, { waitUntil: 'networkidle' })
      // browsers without a window do not ask for icons
      const icons = await page
        .locator('link[rel*=icon]')
        .evaluateAll((links) => links.map((link) => (link as HTMLLinkElement).href))
      for (const href of icons) {
        const icon = await fetch(href)
        sizes.push(icon.arrayBuffer().then((body) => body.byteLength))
      }
      const counted = await Promise.all(sizes)
      const total = counted.reduce((sum, size) => sum + size, 0)
      assert.isAbove(total, 0)
      assert.isAtMost(total, BUDGET)
    })

  test(
    '{kind}: the keyboard reaches the skip link first, then every other link, and shows where it is'
  )
    .with(kinds)
    .run(async ({ assert, browserContext }, { path }) => {
      const page = await open(browserContext, path)
      const links = await page
        .locator('a[href]:visible, summary, input:visible, button')
        .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? link.tagName))
      const reached: string[] = []
      for (let press = 1; press <= links.length; press++) {
        await page.keyboard.press('Tab')
        const { href, ringed } = await page.evaluate(() => {
          const link = document.activeElement!
          const styles = [getComputedStyle(link), getComputedStyle(link, '::after')]
          return {
            href: link.getAttribute('href') ?? link.tagName,
            ringed: styles.some(
              (style) =>
                style.outlineStyle === 'solid' && Number.parseInt(style.outlineWidth, 10) >= 2
            ),
          }
        })
        assert.isTrue(ringed, `no ring around ${href}`)
        await until(`${href} with the focus in sight`, () =>
          page.evaluate(() => {
            const { top, left, bottom, right } = document.activeElement!.getBoundingClientRect()
            return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth
          })
        )
        reached.push(href)
      }
      assert.deepEqual(reached, links)
      if (path !== '/%') assert.equal(links[0], '#content')
    })

  test('{kind}: prints')
    .with(kinds)
    .run(async ({ assert, browserContext }, { path }) => {
      const page = await open(browserContext, path)
      await page.emulateMedia({ media: 'print' })
      assert.isTrue(await page.locator('h1').isVisible())
      assert.equal(
        await page.locator('nav:visible, form:visible, .filters:visible, .button:visible').count(),
        0
      )
      const pdf = await page.pdf()
      assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
    })
})

/** How far which things moved after they were first painted, as Chromium reckons it. */
const layoutShift = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<{ shift: number; moved: string }>((resolve) => {
        let shift = 0
        const moved: string[] = []
        const observer = new PerformanceObserver((list) => {
          for (const { value, sources } of list.getEntries() as any[]) {
            shift += value
            for (const { node } of sources) moved.push(node?.nodeName ?? 'something that is gone')
          }
        })
        observer.observe({ type: 'layout-shift' as any, buffered: true }) // Node's types know no such entry
        const end = () => resolve({ shift, moved: moved.join(', ') })
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(end)))
      })
  )
