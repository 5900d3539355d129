import { setTimeout } from 'node:timers/promises'
import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'
import { lettingFactory } from '#database/factories/letting_factory'
import { profileFactory } from '#database/factories/profile_factory'
import { encodeCursor } from '#services/lists/cursor'
import { siteName } from '#services/seo'
import { until } from '#tests/helpers/until'
import {
  hostile,
  linesOf,
  open,
  origin,
  overflows,
  violations,
  watched,
  withManyRows,
} from './helpers.js'

test.group('A visit', (group) => {
  withManyRows(group)

  test('leads from the home page to everything, without JavaScript', async ({
    assert,
    browser,
  }) => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await open(context, '/')
    await page.getByRole('link', { name: 'All lettings' }).click()
    await page.getByRole('link', { name: 'Next' }).click()
    assert.match(page.url(), /\/lettings\?after=[\w-]+$/)
    assert.equal(await page.getByRole('link', { name: 'Oceanview Retreat' }).count(), 1)
    await page.getByRole('link', { name: 'Previous' }).click()
    await page.getByRole('link', { name: 'Lakeside hut 23' }).click()
    assert.equal(await page.locator('h1').innerText(), 'Lakeside hut 23')
    const map = await page.getByRole('link', { name: 'Open in a map' }).getAttribute('href')
    assert.include(map, 'query=23+Main+Street%2C+Brunswick')
    assert.equal(await page.locator('h2').innerText(), 'More in Brunswick')
    await page
      .getByRole('navigation', { name: 'Main' })
      .getByRole('link', { name: 'Profiles' })
      .click()
    await page.getByRole('link', { name: 'Ada Paul' }).click()
    assert.equal(await page.locator('h1').innerText(), 'Ada Paul')
    await context.close()
  })

  test('skips to the content', async ({ assert, browserContext }) => {
    const page = await open(browserContext, '/lettings')
    /** Whether nothing lies over any tenth of the link. */
    const isSeen = () =>
      page.locator('.skip').evaluate((link) => {
        const { left, width, top, height } = link.getBoundingClientRect()
        return Array.from({ length: 10 }, (_, at) => left + ((at + 0.5) * width) / 10).every(
          (x) => document.elementFromPoint(x, top + height / 2) === link
        )
      })
    assert.isFalse(await isSeen())
    await page.keyboard.press('Tab')
    await until('the link', isSeen)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement!.textContent), 'Home')
  })

  test('opens a card into its page and back, by a view transition that names one picture on either side', async ({
    assert,
    browserContext,
  }) => {
    const page = await browserContext.newPage()
    const wrongs = watched(page)
    await page.addInitScript(() => {
      addEventListener('pagereveal', async (event) => {
        // by then the page's own listener has been called too
        await event.viewTransition?.ready
        const names = [...document.querySelectorAll<HTMLElement>('svg')].filter(
          (svg) => getComputedStyle(svg).getPropertyValue('view-transition-name') === 'plate'
        )
        Object.assign(window, {
          revealed: {
            transition: Boolean(event.viewTransition),
            named: names.map((svg) => svg.parentElement!.className),
          },
        })
      })
    })
    // the address changes before the page is shown
    const revealed = async () => {
      const handle = await page.waitForFunction(() => (window as any).revealed)
      return handle.jsonValue()
    }
    // a page waits for its script, however late that comes
    await page.route('**/assets/*.js', async (route) => {
      await setTimeout(300)
      await route.continue()
    })
    await page.goto(origin() + '/lettings?q=oceanview')
    await page.getByRole('link', { name: 'Oceanview Retreat' }).click()
    await page.waitForURL('**/lettings/2')
    assert.deepEqual(await revealed(), { transition: true, named: ['plate'] })
    await page.goBack()
    await page.waitForURL('**/lettings?q=oceanview')
    assert.deepEqual(await revealed(), { transition: true, named: ['card'] })
    await page.unroute('**/assets/*.js')
    // from a letting to another one of its city, whose card is there beside its own picture
    await page.goto(origin() + '/lettings')
    await page.getByRole('link', { name: 'Lakeside hut 23' }).click()
    await page.waitForURL(/\/lettings\/\d+$/)
    const letting = page.url()
    const other = page.getByRole('link', { name: 'Lakeside hut 22' })
    const { href } = await other.evaluate((link: HTMLAnchorElement) => ({ href: link.href }))
    await other.click()
    await page.waitForURL(href)
    assert.deepEqual(await revealed(), { transition: true, named: ['plate'] })
    await page.goBack()
    await page.waitForURL(letting)
    assert.deepEqual(await revealed(), { transition: true, named: ['plate'] })
    assert.deepEqual(wrongs, [])
  })

  test('stays still for those who prefer it', async ({ assert, browser }) => {
    const context = await browser.newContext({ reducedMotion: 'reduce' })
    const page = await open(context, '/')
    const card = page.locator('.card').first()
    await card.hover()
    const style = await card.locator('> svg').evaluate((svg) => {
      const { transform, transitionDuration } = getComputedStyle(svg)
      return { transform, transitionDuration }
    })
    assert.deepEqual(style, { transform: 'none', transitionDuration: '0s' })
    await page.addInitScript(() => {
      addEventListener('pagereveal', ({ viewTransition }) =>
        Object.assign(window, { isMoving: Boolean(viewTransition) })
      )
    })
    await card.locator('a').click()
    const handle = await page.waitForFunction(() => 'isMoving' in window && window)
    assert.isFalse(await handle.evaluate((window: any) => window.isMoving))
    await context.close()
  })

  test('leaves a card that a finger has touched where it was', async ({ assert, browser }) => {
    const context = await browser.newContext({ hasTouch: true, isMobile: true })
    const page = await open(context, '/')
    const card = page.locator('.card').first()
    await card.hover()
    assert.isTrue(await card.evaluate((item) => item.matches(':hover')))
    const moved = card.locator('> svg').evaluate((svg) => getComputedStyle(svg).transform)
    assert.equal(await moved, 'none')
    await context.close()
  })

  test('sees pictures no larger than themselves where the style sheet does not come', async ({
    assert,
    browserContext,
  }) => {
    await browserContext.route('**/*.css', (route) => route.abort())
    for (const path of ['/', '/lettings/1', '/profiles/AirWow', '/nowhere']) {
      const page = await open(browserContext, path)
      const widths = await page
        .locator('svg:visible')
        .evaluateAll((all) => all.map((svg) => svg.getBoundingClientRect().width))
      assert.isNotEmpty(widths)
      assert.isAtMost(Math.max(...widths), 300, path)
      await page.close()
    }
  })

  test('marks where one is, under the pointer too', async ({ assert, browserContext }) => {
    const page = await open(browserContext, '/lettings/1')
    const marks = () =>
      page.locator('[aria-current]').evaluateAll((all) => all.map((one) => one.ariaCurrent))
    // in the list of Lettings, and at the end of the trail
    assert.deepEqual(await marks(), ['true', 'page'])
    await page.goto(`${origin()}/lettings`)
    // and in the order of what is listed
    assert.deepEqual(await marks(), ['page', 'page', 'true'])
    for (const current of await page.locator('a[aria-current]').all()) {
      const mark = () => current.evaluate((link) => getComputedStyle(link).borderBottomColor)
      const color = await mark()
      await current.hover()
      assert.equal(await mark(), color)
    }
  })

  test('is told where it is, without the slashes between', async ({ assert, browserContext }) => {
    const page = await open(browserContext, '/lettings/1')
    const trail = await page.getByRole('navigation', { name: 'Breadcrumb' }).ariaSnapshot()
    assert.include(trail, 'link "Lettings"')
    assert.notMatch(trail, /(text|listitem): \//)
    // nor of pictures that have nothing to say
    assert.equal(await page.getByRole('img').count(), 0)
  })

  test('sees the whole house on a postcard, clear of its postmark', async ({
    assert,
    browserContext,
  }) => {
    const page = await browserContext.newPage()
    for (const letting of [1, 2, 3, 4, 5, 6]) {
      await page.goto(`${origin()}/lettings/${letting}`)
      const card = page.locator('.plate > .postcard')
      const { y, height } = (await card.boundingBox())!
      const house = (await card.locator('g[transform^="translate("]').boundingBox())!
      assert.isAbove((house.y - y) / height, 62 / 200, String(letting))
    }
  })

  test('shows what is a button where colours are forced', async ({ assert, browser }) => {
    const context = await browser.newContext({ forcedColors: 'active' })
    const page = await context.newPage()
    for (const path of ['/nowhere', '/lettings/1', '/lettings']) {
      await page.goto(origin() + path)
      const seen = await page.locator('.button').evaluate((button) => {
        const { borderStyle, borderColor } = getComputedStyle(button)
        return (
          borderStyle === 'solid' && borderColor !== getComputedStyle(document.body).backgroundColor
        )
      })
      assert.isTrue(seen, path)
    }
    // and where one is, by a line under that link alone
    const underlined = await page.locator('.masthead nav a').evaluateAll((links) =>
      links.map((link) => {
        const { borderBottomColor } = getComputedStyle(link)
        return borderBottomColor !== getComputedStyle(document.documentElement).backgroundColor
      })
    )
    assert.deepEqual(underlined, [true, false])
    await context.close()
  })

  test('can be read and used with letters twice as large on a phone', async ({
    assert,
    browserContext,
  }) => {
    const page = await browserContext.newPage()
    await page.setViewportSize({ width: 390, height: 800 })
    for (const path of ['/', '/lettings', '/profiles', '/profiles/AirWow']) {
      await page.goto(origin() + path)
      await page.evaluate(() => (document.documentElement.style.fontSize = '200%'))
      assert.isFalse(await overflows(page), path)
      const lines = await linesOf(page.locator('nav[aria-label=Main] a'))
      assert.deepEqual(lines, [1, 1], path)
      const names = await page
        .locator('.stamps .name')
        .evaluateAll((all) => all.map((name) => name.clientWidth))
      for (const width of names) assert.isAbove(width, 120, path)
      for (const box of await page.locator('#q').all())
        assert.isAbove((await box.boundingBox())!.width, 195, path)
    }
  })

  test('shows no card alone below the others', async ({ assert, browserContext }) => {
    const address = { city: 'Elko', state: 'NV', countryIsoCode: 'USA' }
    const lettings = await lettingFactory({ address }).createMany(4)
    const page = await browserContext.newPage()
    for (const [path, cards] of [
      ['/', '.stamps > .card'],
      [`/lettings/${lettings[0].id}`, '.cards > .card'],
    ]) {
      for (const width of [320, 600, 768, 1000, 1200, 1440, 2560]) {
        await page.setViewportSize({ width, height: 800 })
        await page.goto(origin() + path)
        const tops = await page
          .locator(cards)
          .evaluateAll((all) => all.map((card) => card.getBoundingClientRect().top))
        const inLine = (top: number) => tops.filter((other) => other === top).length
        assert.equal(inLine(tops.at(-1)!), inLine(tops[0]), `${path} ${width}`)
      }
    }
  })

  test('has its names beside their pictures, in whatever direction they are written', async ({
    assert,
    browserContext,
  }) => {
    const user = { username: 'miriam', firstName: 'מרים', lastName: 'כהן' }
    const profile = await profileFactory({ user }).merge({ favoriteCity: 'אילת' }).create()
    const address = { street: 'הרצל', city: 'אילת' }
    const letting = await lettingFactory({ address }).merge({ title: 'בית' }).create()
    const page = await browserContext.newPage()
    await page.setViewportSize({ width: 1200, height: 800 })
    await page.goto(`${origin()}/profiles/miriam`)
    const { text, box } = await page.locator('h1').evaluate((heading) => {
      const range = document.createRange()
      range.selectNodeContents(heading)
      return { text: range.getBoundingClientRect().left, box: heading.getBoundingClientRect().left }
    })
    assert.approximately(text, box, 2)
    // but read in their own
    for (const [path, count] of [
      ['/profiles/miriam', 3],
      [`/profiles?after=${encodeCursor({ id: profile.id - 1 })}`, 2],
      [`/lettings/${letting.id}`, 2],
    ] as const) {
      await page.goto(origin() + path)
      const directions = await page
        .locator('.card p, h1, address')
        .filter({ hasText: /[א-ת]/ })
        .evaluateAll((all) => all.map((name) => getComputedStyle(name).direction))
      assert.deepEqual(directions, Array(count).fill('rtl'), path)
    }
  })

  test('offers links that a thumb can hit', async ({ assert, browserContext }) => {
    const page = await browserContext.newPage()
    await page.setViewportSize({ width: 390, height: 800 })
    for (const path of [
      '/',
      '/lettings/1',
      '/lettings?q=hut+nosuch&country=USA',
      '/nowhere',
      '/%',
    ]) {
      await page.goto(origin() + path)
      const links = page.locator('.actions a, .empty a, body > main > p a')
      const heights = await links.evaluateAll((all) => all.map((link) => link.clientHeight))
      assert.isNotEmpty(heights)
      assert.isAtLeast(Math.min(...heights), 44, path)
    }
  })

  test('knows the site by its look and its name, even while no copy of it is there', async ({
    assert,
    browserContext,
  }) => {
    const page = await browserContext.newPage()
    const look = () =>
      page.evaluate(() => {
        const { backgroundColor, color } = getComputedStyle(document.body)
        const { fontFamily } = getComputedStyle(document.querySelector('h1')!)
        const { color: link } = getComputedStyle(document.querySelector('main a')!)
        return { backgroundColor, color, fontFamily, link }
      })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.goto(origin() + '/%')
      const known = await look()
      await page.goto(String(new URL('deploy/vps/maintenance.html', app.appRoot)))
      assert.deepEqual(await look(), known)
      assert.include(await page.title(), siteName)
      assert.deepEqual(await violations(page), [])
      assert.isFalse(await overflows(page))
    }
    await page.setViewportSize({ width: 320, height: 800 })
    await page.evaluate(() => (document.documentElement.style.fontSize = '300%'))
    assert.isFalse(await overflows(page), 'sticks out with large letters')
  })

  test('survives hostile data, in one piece and at 320 px', async ({ assert, browser }) => {
    const { address, title, user } = hostile
    const letting = await lettingFactory({ address }).merge({ title }).create()
    await profileFactory({ user }).merge({ favoriteCity: address.city }).create()
    const context = await browser.newContext({ viewport: { width: 320, height: 800 } })
    const page = await context.newPage()
    const wrongs = watched(page)

    await page.goto(`${origin()}/lettings/${letting.id}`)
    assert.equal(await page.locator('h1').textContent(), title)
    const data = await page.locator('script[type="application/ld+json"]').textContent()
    assert.equal(JSON.parse(data!)['@graph'].at(-1).name, title)
    assert.include(await page.title(), '</script><b>"')
    assert.isFalse(await overflows(page))

    await page.goto(`${origin()}/profiles/${encodeURIComponent(user.username)}`)
    assert.equal(await page.locator('h1').textContent(), `<i>& ${user.lastName}`)
    const mail = await page.locator('a[href^="mailto:"]').getAttribute('href')
    assert.equal(mail, `mailto:${user.email}`)
    assert.isFalse(await overflows(page))
    await page.locator('.card a').click()
    assert.equal(page.url(), `${origin()}/lettings/${letting.id}`)

    for (const path of ['/lettings', `/profiles?after=${encodeCursor({ id: 2 })}`]) {
      await page.goto(origin() + path)
      assert.isFalse(await overflows(page), path)
    }
    assert.deepEqual(wrongs, [])
    await context.close()
  })
})
