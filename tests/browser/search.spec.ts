import { setTimeout } from 'node:timers/promises'
import { test } from '@japa/runner'
import type { Page } from 'playwright'
import { lettingFactory } from '#database/factories/letting_factory'
import { until } from '#tests/helpers/until'
import {
  inEachView,
  linesOf,
  open,
  origin,
  overflows,
  violations,
  watched,
  withManyRows,
} from './helpers.js'

const box = (page: Page) => page.getByRole('searchbox', { name: 'Search the lettings' })
/** Whether what is typed goes into it. */
const isTyping = (page: Page) => box(page).evaluate((input) => input === document.activeElement)
const names = (page: Page) => page.locator('.cards .name').allInnerTexts()

/** Waits until the page says how many there are. */
const says = (page: Page, text: string) =>
  page.getByRole('status').filter({ hasText: text }).waitFor()

/** A page that would forget this if it were loaded anew. */
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { kept: true }))
const isKept = (page: Page) => page.evaluate(() => 'kept' in window)

/** Holds requests for an address back; returns what lets them go. */
async function holds(page: Page, address: string) {
  const { promise, resolve } = Promise.withResolvers<void>()
  await page.route(address, async (route) => {
    await promise
    // the page may have given it up
    await route.continue().catch(() => {})
  })
  return resolve
}

/** Lets what a script asks of an address fail, and nothing else. */
const failing = (page: Page, address: string) =>
  page.route(address, (route) =>
    route.request().resourceType() === 'fetch' ? route.abort() : route.continue()
  )

const isPale = (page: Page) =>
  page.locator('[data-part=results]').evaluate((part) => Number(getComputedStyle(part).opacity) < 1)

test.group('A search', (group) => {
  withManyRows(group)

  test('works without JavaScript: words, filters and order, and the address keeps them', async ({
    assert,
    browser,
  }) => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await open(context, '/')
    await box(page).fill('HUT lake')
    await page.keyboard.press('Enter')
    await says(page, '24 for “HUT lake”')
    assert.equal(page.url(), `${origin()}/lettings?q=HUT+lake`)
    await page.locator('summary').click()
    await page.getByRole('link', { name: 'United States of America' }).click()
    await page.getByRole('link', { name: 'Remove United States of America' }).waitFor()
    await page.locator('summary').click()
    await page.getByRole('link', { name: 'GA', exact: true }).click()
    await page.getByRole('link', { name: 'By title' }).click()
    await page.locator('.sorts [aria-current]', { hasText: 'By title' }).waitFor()
    await says(page, 'in GA, United States of America')
    const chosen = '?q=HUT+lake&country=USA&state=GA&sort=title'
    assert.equal(page.url(), `${origin()}/lettings${chosen}`)
    // typing again keeps what is chosen
    await box(page).fill('joshua')
    await page.getByRole('button', { name: 'Search' }).click()
    await says(page, '1 for “joshua”')
    assert.equal(page.url(), `${origin()}/lettings${chosen.replace('HUT+lake', 'joshua')}`)
    assert.deepEqual(await names(page), ['Joshua Tree Green Haus /w Hot Tub'])
    await page.getByRole('link', { name: 'Remove United States of America' }).click()
    await page
      .getByRole('link', { name: 'Remove United States of America' })
      .waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Newest' }).click()
    await page.locator('.sorts [aria-current]', { hasText: 'Newest' }).waitFor()
    assert.equal(page.url(), `${origin()}/lettings?q=joshua`)
    await context.close()
  })

  test('follows what is typed, without loading the page anew or taking the focus away', async ({
    assert,
    browserContext,
  }) => {
    const page = await browserContext.newPage()
    const wrongs = watched(page)
    await page.goto(`${origin()}/lettings`)
    await mark(page)
    await box(page).pressSequentially('joshua ', { delay: 10 })
    await says(page, '1 for “joshua”')
    assert.deepEqual(await names(page), ['Joshua Tree Green Haus /w Hot Tub'])
    assert.equal(page.url(), `${origin()}/lettings?q=joshua`)
    assert.match(await page.title(), /joshua/)
    assert.equal(await page.locator('[rel=next]').count(), 0)
    assert.isTrue(await isTyping(page))
    const canonical = () => page.locator('[rel=canonical]').getAttribute('href')
    assert.equal(await canonical(), page.url())
    // one step of history, however many letters
    await page.goBack()
    await says(page, '30 in all')
    assert.equal(await box(page).inputValue(), '')
    assert.equal(page.url(), `${origin()}/lettings`)
    assert.equal(await canonical(), page.url())
    await page.goForward()
    await says(page, '1 for “joshua”')
    assert.equal(await box(page).inputValue(), 'joshua')
    assert.isTrue(await isKept(page))
    assert.deepEqual(wrongs, [])
  })

  test('follows filters, order and pages, and goes on where the list begins', async ({
    assert,
    browserContext,
  }) => {
    const page = await browserContext.newPage()
    const wrongs = watched(page)
    await page.goto(`${origin()}/lettings`)
    await mark(page)
    await page.getByRole('link', { name: 'Next' }).click()
    await page.getByRole('link', { name: 'Oceanview Retreat' }).waitFor()
    await page.locator('[role=status]:focus').waitFor()
    await page.locator('summary').click()
    await page.getByRole('link', { name: 'United States of America' }).click()
    await page.getByRole('link', { name: 'Remove United States of America' }).waitFor()
    await page.locator('summary').click()
    await page.getByRole('link', { name: 'OH', exact: true }).click()
    await page.getByRole('link', { name: 'Remove OH' }).waitFor()
    assert.equal(page.url(), `${origin()}/lettings?country=USA&state=OH`)
    await page.getByRole('link', { name: 'By title' }).click()
    await page.locator('.sorts [aria-current]', { hasText: 'By title' }).waitFor()
    await box(page).fill('nosuch')
    await page.getByText('No letting was found').waitFor()
    assert.equal(page.url(), `${origin()}/lettings?q=nosuch&country=USA&state=OH&sort=title`)
    await page.getByRole('link', { name: 'Look for “nosuch” everywhere' }).click()
    await page.getByRole('link', { name: 'Remove OH' }).waitFor({ state: 'detached' })
    assert.equal(page.url(), `${origin()}/lettings?q=nosuch&sort=title`)
    assert.isTrue(await isKept(page))
    assert.deepEqual(wrongs, [])
  })

  test('shows the heading of the page that was turned to, whole', async ({
    assert,
    browserContext,
  }) => {
    const page = await browserContext.newPage()
    await inEachView(page, '/lettings', [320, 1440], async (view) => {
      const next = page.getByRole('link', { name: 'Next', exact: true })
      await next.scrollIntoViewIfNeeded()
      await next.click()
      await page.locator('[role=status]:focus').waitFor()
      const top = await page
        .locator('h1')
        .evaluate((heading) => heading.getBoundingClientRect().top)
      assert.isAtLeast(top, 0, view)
      assert.isBelow(top, 400, view)
    })
  })

  test('goes back to where one was in a page, from a last one that is shorter', async ({
    assert,
    browserContext,
  }) => {
    const page = await browserContext.newPage()
    await page.setViewportSize({ width: 390, height: 800 })
    await page.goto(`${origin()}/lettings`)
    const top = () => page.evaluate(() => scrollY)
    const next = page.getByRole('link', { name: 'Next', exact: true })
    await next.scrollIntoViewIfNeeded()
    const left = await top()
    await next.click()
    await page.locator('[role=status]:focus').waitFor()
    assert.isBelow(await top(), left)
    await page.goBack()
    await next.waitFor()
    await until(`at ${left} px again`, async () => (await top()) === left)
  })

  test('goes forward to where one was left last, from a list that is shorter', async ({
    assert,
    browserContext,
  }) => {
    const page = await open(browserContext, '/lettings?q=nosuch')
    await page.locator('.empty').getByRole('link', { name: 'All lettings' }).click()
    await page.locator('[role=status]:focus').waitFor()
    const top = () => page.evaluate(() => scrollY)
    for (const place of [900, 700]) {
      const scrolled = page.evaluate(() => new Promise((done) => (onscrollend = done)))
      await page.evaluate((y) => scrollTo(0, y), place)
      await scrolled
      await page.goBack()
      await says(page, 'None for “nosuch”')
      assert.isBelow(await top(), place)
      await page.goForward()
      await says(page, '30 in all')
      await until(`at ${place} px again`, async () => (await top()) === place)
    }
  })

  test('shows what was typed last, however late an answer comes', async ({
    assert,
    browserContext,
  }) => {
    const page = await open(browserContext, '/lettings')
    const free = await holds(page, '**/lettings?q=hut')
    const first = page.waitForRequest('**/lettings?q=hut')
    await box(page).fill('hut')
    await first
    await box(page).fill('dome')
    await says(page, '1 for “dome”')
    free()
    assert.equal(page.url(), `${origin()}/lettings?q=dome`)
    assert.deepEqual(await names(page), ['The Mushroom Dome Retreat & LAND of Paradise Suite'])
    // what was never shown is no step of history, and the list before it still is one
    await page.goBack()
    await says(page, '30 in all')
    assert.equal(page.url(), `${origin()}/lettings`)
  })

  test('keeps the list before it in history, though the first letter was taken back', async ({
    assert,
    browserContext,
  }) => {
    const page = await open(browserContext, '/lettings')
    await page.route('**/lettings?q=x', () => {})
    const first = page.waitForRequest('**/lettings?q=x')
    await box(page).fill('x')
    await first
    const second = page.waitForResponse('**/lettings')
    await box(page).fill('')
    await second
    await box(page).fill('dome')
    await says(page, '1 for “dome”')
    await page.goBack()
    await says(page, '30 in all')
    assert.equal(page.url(), `${origin()}/lettings`)
  })

  test('is one step of history, however often it is sent', async ({ assert, browserContext }) => {
    const page = await open(browserContext, '/lettings')
    await box(page).fill('dome')
    for (const time of ['first', 'second', 'third']) {
      const answered = page.waitForResponse('**/lettings?q=dome')
      await page.keyboard.press('Enter')
      const response = await answered
      assert.isNull(await response.finished(), time)
      await says(page, '1 for “dome”')
    }
    await page.goBack()
    await says(page, '30 in all')
    assert.equal(page.url(), `${origin()}/lettings`)
  })

  test('puts the keyboard of a phone away when it is sent', async ({ assert, browser }) => {
    const context = await browser.newContext({ hasTouch: true, isMobile: true })
    const page = await open(context, '/lettings')
    await box(page).tap()
    await page.keyboard.type('dome')
    await says(page, '1 for “dome”')
    assert.isTrue(await isTyping(page))
    await page.keyboard.press('Enter')
    assert.isFalse(await isTyping(page))
    await context.close()
  })

  test('stays where it is while one types', async ({ assert, browserContext }) => {
    const page = await browserContext.newPage()
    for (const width of [320, 390, 600, 768, 1440]) {
      await page.setViewportSize({ width, height: 800 })
      await page.goto(`${origin()}/lettings?country=USA`)
      const place = await box(page).boundingBox()
      for (const words of ['hut', 'hut lakeside', 'hut lakeside nosuch', 'W'.repeat(200)]) {
        await box(page).fill(words)
        await says(page, `for “${words}” in United States of America`)
        assert.deepEqual(await box(page).boundingBox(), place, `${words} ${width}`)
      }
    }
  })

  test('shows that an answer is on its way, once that takes long', async ({
    assert,
    browserContext,
  }) => {
    const page = await open(browserContext, '/lettings')
    const free = await holds(page, '**/lettings?sort=title')
    const results = page.locator('[data-part=results]')
    const opacity = await page.evaluate(() => {
      document.querySelector<HTMLElement>('.sorts a[href$="sort=title"]')!.click()
      return getComputedStyle(document.querySelector('[aria-busy]')!).opacity
    })
    assert.equal(opacity, '1', 'at once')
    await until('the list pale', () => isPale(page))
    assert.equal(await results.getAttribute('aria-busy'), 'true')
    free()
    await page.locator('.sorts [aria-current]', { hasText: 'By title' }).waitFor()
    assert.isFalse(await isPale(page))
    assert.isNull(await results.getAttribute('aria-busy'))
  })

  test('keeps the page of who types while an answer fails, and goes to what is sent', async ({
    assert,
    browserContext,
  }) => {
    const page = await open(browserContext, '/lettings')
    await mark(page)
    await failing(page, '**/lettings?q=d*')
    const failed = page.waitForEvent('requestfailed')
    await box(page).fill('dom')
    await failed
    await box(page).fill('joshua')
    await says(page, '1 for “joshua”')
    assert.isTrue(await isKept(page))
    await box(page).fill('dome')
    await page.keyboard.press('Enter')
    await says(page, '1 for “dome”')
    assert.isFalse(await isKept(page))
  })

  test('asks again for what is typed where its answer fails, and pales the list meanwhile', async ({
    assert,
    browserContext,
  }) => {
    const page = await open(browserContext, '/lettings')
    await page.route('**/lettings?q=dome', (route) => route.fulfill({ status: 503 }), { times: 1 })
    await box(page).fill('dome')
    await until('the list pale', () => isPale(page))
    await says(page, '1 for “dome”')
    assert.isNull(await page.locator('[data-part=results]').getAttribute('aria-busy'))
  })

  test('loads the page anew where going back fails, though its address has a fragment', async ({
    assert,
    browserContext,
  }) => {
    const page = await open(browserContext, '/lettings#content')
    await mark(page)
    await box(page).fill('dome')
    await says(page, '1 for “dome”')
    await failing(page, '**/lettings')
    await page.evaluate(() => history.back())
    await says(page, '30 in all')
    assert.isFalse(await isKept(page))
  })

  test('follows a filter at once, and takes along what was just typed', async ({
    assert,
    browserContext,
  }) => {
    const page = await open(browserContext, '/lettings')
    await page.locator('summary').click()
    await page.route('**/lettings?*', async (route) => {
      await setTimeout(500)
      await route.continue().catch(() => {})
    })
    // both before the pause after typing is over
    await page.evaluate(() => {
      const input = document.querySelector<HTMLInputElement>('[type=search]')!
      input.value = 'hut'
      input.dispatchEvent(new Event('input', { bubbles: true }))
      document.querySelector<HTMLElement>('.filters a[href$="country=USA"]')!.click()
    })
    await page.getByRole('link', { name: 'Remove United States of America' }).waitFor()
    assert.equal(page.url(), `${origin()}/lettings?q=hut&country=USA`)
  })

  test('takes the second click of two for no click on the letting that the first has brought there', async ({
    assert,
    browserContext,
  }) => {
    const page = await open(browserContext, '/lettings')
    const first = page.locator('.card a').first()
    await first.scrollIntoViewIfNeeded()
    const { x, y } = (await first.boundingBox())!
    const isTaken = page.evaluate(
      () =>
        new Promise((done) =>
          addEventListener('click', (event) => done(event.defaultPrevented), { once: true })
        )
    )
    await page.mouse.move(x + 5, y + 5)
    await page.mouse.down({ clickCount: 2 })
    await page.mouse.up({ clickCount: 2 })
    assert.isTrue(await isTaken)
    await first.click()
    await page.waitForURL(/\/lettings\/\d+$/)
  })

  test('goes on with what was typed where somebody skips to the content', async ({
    assert,
    browserContext,
  }) => {
    const page = await open(browserContext, '/lettings')
    const free = await holds(page, '**/lettings?q=dome')
    const asked = page.waitForRequest('**/lettings?q=dome')
    await box(page).fill('dome')
    await asked
    await page.getByRole('link', { name: 'Skip to content' }).press('Enter')
    free()
    await says(page, '1 for “dome”')
    assert.equal(await box(page).inputValue(), 'dome')
  })

  test('keeps a filter that is on its way, and what is typed meanwhile', async ({
    assert,
    browserContext,
  }) => {
    const page = await browserContext.newPage()
    // the answer comes before the pause after typing is over, and long after it
    for (const late of [0, 600]) {
      await page.goto(`${origin()}/lettings`)
      await page.locator('summary').click()
      const free = await holds(page, '**/lettings?country=USA')
      await page.getByRole('link', { name: 'United States of America' }).click()
      await box(page).pressSequentially('hut')
      await setTimeout(late)
      free()
      await says(page, 'for “hut” in United States of America')
      assert.equal(page.url(), `${origin()}/lettings?q=hut&country=USA`)
      assert.equal(await box(page).inputValue(), 'hut')
      assert.isTrue(await isTyping(page))
      await page.unroute('**/lettings?country=USA')
    }
  })

  test('leaves to the browser what is pressed with a key held down, for a tab or a window of its own', async ({
    assert,
    browserContext,
  }) => {
    const page = await open(browserContext, '/lettings')
    const isTaken = (key: string) =>
      page.getByRole('link', { name: 'By title' }).evaluate((link, held) => {
        const press = new MouseEvent('click', { bubbles: true, cancelable: true, [held]: true })
        let isPrevented = false
        const decided = (event: Event) => {
          isPrevented = event.defaultPrevented
          event.preventDefault()
        }
        addEventListener('click', decided, { once: true })
        link.dispatchEvent(press)
        return isPrevented
      }, key)
    for (const key of ['ctrlKey', 'metaKey', 'shiftKey', 'altKey'])
      assert.isFalse(await isTaken(key), key)
    assert.isTrue(await isTaken('none'))
  })

  test('leaves open what was opened, and the focus there', async ({ assert, browserContext }) => {
    const page = await open(browserContext, '/lettings')
    await page.route('**/lettings?q=hut', async (route) => {
      await setTimeout(500)
      await route.continue()
    })
    await box(page).fill('hut')
    await page.locator('summary').click()
    const filter = page.locator('.filters details a').first()
    await filter.focus()
    await says(page, 'for “hut”')
    assert.include(await filter.getAttribute('href'), 'q=hut') // it is the answer's
    assert.isTrue(await filter.isVisible())
    assert.isTrue(await filter.evaluate((link) => link === document.activeElement))
  })

  test('brings nobody back who has gone on to a letting', async ({ assert, browserContext }) => {
    const page = await open(browserContext, '/lettings')
    // so slow that the pause after typing ends before the visitor is there
    await page.route('**/lettings/*', async (route) => {
      await setTimeout(1_000)
      await route.continue()
    })
    await page.evaluate(() => {
      const input = document.querySelector<HTMLInputElement>('[type=search]')!
      input.value = 'hut'
      input.dispatchEvent(new Event('input', { bubbles: true }))
      document.querySelector<HTMLElement>('.card a')!.click()
    })
    await page.waitForURL(/\/lettings\/\d+$/)
    await page.goBack()
    assert.equal(page.url(), `${origin()}/lettings`)
  })

  test('shows in its box what is listed, to who comes back to a page that the browser has kept', async ({
    assert,
    browser,
    cleanup,
  }) => {
    // Playwright's browsers keep none
    const keeping = await browser.browserType().launch({
      executablePath: process.env.CHROMIUM,
      args: ['--no-sandbox'],
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    })
    cleanup(() => keeping.close())
    const page = await keeping.newPage()
    await page.goto(`${origin()}/lettings?q=hut`)
    await mark(page)
    // neither is answered before the visitor is gone
    await page.route('**/lettings?q=hut&country=USA', () => {})
    await page.evaluate(() => {
      document.querySelector<HTMLElement>('.filters a[href$="country=USA"]')!.click()
      const input = document.querySelector<HTMLInputElement>('[type=search]')!
      input.value = 'dome'
      input.dispatchEvent(new Event('input', { bubbles: true }))
      document.querySelector<HTMLElement>('.card a')!.click()
    })
    await page.waitForURL(/\/lettings\/\d+$/)
    await page.evaluate(() => void history.back())
    await page.waitForFunction(() => 'kept' in window)
    assert.equal(await box(page).inputValue(), 'hut')
    assert.equal(await page.locator('[aria-busy]').count(), 0)
    await box(page).fill('joshua')
    await says(page, '1 for “joshua”')
    assert.equal(page.url(), `${origin()}/lettings?q=joshua`)
    // what is come back to stays a step of history when one goes on typing
    await page.locator('.card a').click()
    await page.waitForURL(/\/lettings\/\d+$/)
    await page.evaluate(() => void history.back())
    await page.waitForFunction(() => 'kept' in window)
    await box(page).fill('dome')
    await says(page, '1 for “dome”')
    await page.evaluate(() => void history.back())
    await says(page, '1 for “joshua”')
  })

  test('is accessible and in one piece with its filters open, wide and narrow, light and dark', async ({
    assert,
    browserContext,
  }) => {
    const page = await browserContext.newPage()
    await inEachView(page, '/lettings?country=USA', [320, 1440], async (view) => {
      await page.locator('summary').focus()
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: 'GA', exact: true }).waitFor()
      assert.deepEqual(await violations(page), [], view)
      assert.isFalse(await overflows(page), view)
    })
  })

  test('writes the number of each filter in one piece', async ({ assert, browserContext }) => {
    const page = await browserContext.newPage()
    await inEachView(page, '/lettings', [320, 768, 1440], async (view) => {
      await page.locator('summary').click()
      const lines = await linesOf(page.locator('.facet li span'))
      assert.isNotEmpty(lines)
      assert.isTrue(
        lines.every((count) => count === 1),
        `${view}: ${lines}`
      )
    })
  })

  test('sets filters apart whose names wrap, and lets all of a line be pressed', async ({
    assert,
    browserContext,
  }) => {
    const city = 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch'
    const address = { city, state: 'AN', countryIsoCode: 'GBR' }
    const letting = await lettingFactory({ address }).create()
    const page = await browserContext.newPage()
    const spaces = (selector: string) =>
      page.locator(selector).evaluateAll((links) =>
        links.map((link) => {
          const { top, bottom } = link.getBoundingClientRect()
          const text = link.firstElementChild!.getBoundingClientRect()
          return Math.min(text.top - top, bottom - text.bottom)
        })
      )
    const place = '/lettings?country=GBR&state=AN'
    await inEachView(page, place, [320, 1440], async (view) => {
      await page.locator('summary').click()
      assert.isAbove(Math.min(...(await spaces('.facet li a'))), 3, view)
      const free = await page
        .locator('.facet li')
        .evaluateAll((all) =>
          all.map(
            (item) =>
              item.querySelector('span')!.getBoundingClientRect().left -
              item.querySelector('a')!.getBoundingClientRect().right
          )
        )
      assert.isBelow(Math.max(...free), 20, view)
    })
    await inEachView(page, `${place}&city=${city}`, [320], async (view) => {
      assert.isAbove(Math.min(...(await spaces('.chips a'))), 3, view)
    })
    await letting.delete()
  })

  test('offers filters that a thumb can hit', async ({ assert, browser }) => {
    const viewport = { width: 390, height: 800 }
    const context = await browser.newContext({ hasTouch: true, isMobile: true, viewport })
    const page = await open(context, '/lettings?country=USA')
    await page.locator('summary').tap()
    const heights = await page
      .locator('.filters a, summary')
      .evaluateAll((all) => all.map((filter) => filter.getBoundingClientRect().height))
    assert.isAbove(heights.length, 5)
    assert.isAtLeast(Math.min(...heights), 44)
    await context.close()
  })

  test('opens filters by a press, and closes them by another at the same place', async ({
    assert,
    browserContext,
  }) => {
    const page = await browserContext.newPage()
    for (const path of ['/lettings', '/lettings?country=USA']) {
      await inEachView(page, path, [320, 768, 1440], async (view) => {
        const place = () => page.locator('summary').boundingBox()
        const closed = await place()
        await page.locator('summary').click()
        assert.isTrue(await page.locator('.facet li').first().isVisible())
        assert.deepEqual(await place(), closed, view)
        await page.locator('summary').click()
        assert.isFalse(await page.locator('.facet li').first().isVisible())
      })
    }
  })
})
