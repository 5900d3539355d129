/// <reference lib="dom" />
import { AxeBuilder } from '@axe-core/playwright'
import testUtils from '@adonisjs/core/services/test_utils'
import type { Group } from '@japa/runner/core'
import type { BrowserContext, Locator, Page } from 'playwright'
import { lettingFactory } from '#database/factories/letting_factory'
import { profileFactory } from '#database/factories/profile_factory'
import { encodeCursor } from '#services/lists/cursor'
import { PER_PAGE } from '#services/pager'

/** One of each kind of page. */
export const kinds = [
  { kind: 'the home page', path: '/' },
  { kind: 'the lettings', path: '/lettings' },
  { kind: 'the second page of the lettings', path: `/lettings?after=${encodeCursor({ id: 10 })}` },
  { kind: 'a search', path: '/lettings?q=hut&country=USA&state=GA&sort=title' },
  { kind: 'a search in vain', path: '/lettings?q=nosuch&country=USA' },
  { kind: 'a letting', path: '/lettings/1' },
  { kind: 'the profiles', path: '/profiles' },
  { kind: 'the second page of the profiles', path: `/profiles?after=${encodeCursor({ id: 2 })}` },
  { kind: 'a profile', path: '/profiles/AirWow' },
  { kind: 'a missing page', path: '/nowhere' },
  { kind: 'a page that needs neither database nor assets', path: '/%' },
]

/** Text that breaks a page which forgets to escape, to wrap or to let run from right to left. */
export const hostile = {
  title: `</script><b>"'&amp;\u2028 שלום 🏡 ${'W'.repeat(200)}`,
  address: { street: 'M'.repeat(64), city: 'W'.repeat(64), state: '<&', zipCode: '"\'12345678' },
  user: {
    username: 'مر'.repeat(70) + '@.+-_',
    firstName: '<i>&',
    lastName: 'W'.repeat(140),
    email: `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(55)}.com`,
  },
}

/** Rows for two pages of each list, and gone again after the group. */
export function withManyRows(group: Group) {
  group.setup(async () => {
    const rollback = await testUtils.db().withGlobalTransaction()
    const address = { number: 23, street: 'Main Street', city: 'Brunswick', state: 'GA' }
    const titles = Array.from({ length: PER_PAGE }, (_, row) => ({ title: `Lakeside hut ${row}` }))
    await lettingFactory({ address }).merge(titles).createMany(PER_PAGE)
    await profileFactory().merge({ favoriteCity: 'Brunswick' }).createMany(PER_PAGE)
    return rollback
  })
}

/** What a page does that it should not: errors on its console and requests to other places. */
export function watched(page: Page) {
  const wrongs: string[] = []
  page.on('pageerror', (error) => wrongs.push(String(error)))
  page.on('console', (message) => {
    // a page that is not there is a failed load to the browser
    const ofPage =
      message.location().url === page.url() && message.text().includes('Failed to load')
    if (['error', 'warning'].includes(message.type()) && !ofPage) wrongs.push(message.text())
  })
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin()) wrongs.push(`asked ${request.url()}`)
  })
  return wrongs
}

/** Where the server of the tests listens. */
export const origin = () => `http://${process.env.HOST}:${process.env.PORT}`

/** A new page that shows a path of the site. */
export async function open(context: BrowserContext, path: string) {
  const page = await context.newPage()
  await page.goto(origin() + path)
  return page
}

/** Whether something sticks out to the side. */
export const overflows = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)

/** Shows a path in each width, light and dark, every time as on a first visit; in one window, for a new one costs a second. */
export async function inEachView(
  page: Page,
  path: string,
  widths: number[],
  look: (view: string) => Promise<void>
) {
  const browser = await page.context().newCDPSession(page)
  await browser.send('Network.enable')
  await browser.send('Network.setCacheDisabled', { cacheDisabled: true })
  for (const width of widths) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.goto('about:blank')
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme })
      await page.goto(origin() + path)
      await look(`${width} ${colorScheme}`)
    }
  }
}

/** What axe-core finds wrong. Its legacy mode, which is for pages without frames, spares a window too. */
export async function violations(page: Page) {
  const found = await new AxeBuilder({ page }).setLegacyMode().analyze()
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

/** In how many lines the text of each element stands. */
export const linesOf = (elements: Locator) =>
  elements.evaluateAll((all) =>
    all.map(({ firstChild }) => {
      const range = document.createRange()
      range.selectNodeContents(firstChild!)
      return range.getClientRects().length
    })
  )
