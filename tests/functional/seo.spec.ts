import testUtils from '@adonisjs/core/services/test_utils'
import { test } from '@japa/runner'
import { appUrl } from '#config/app'
import { lettingFactory } from '#database/factories/letting_factory'
import { profileFactory } from '#database/factories/profile_factory'
import { encodeCursor } from '#services/lists/cursor'

/** What the head of a page says, by name or property. */
const said = (html: string, name: string) =>
  new RegExp(`<meta\\s+(?:name|property)="${name}"\\s+content="([^"]*)"`).exec(html)?.[1]

const canonical = (html: string) => /<link rel="canonical" href="([^"]*)"/.exec(html)?.[1]

const linked = (html: string, rel: string) =>
  new RegExp(`<a rel="${rel}" href="([^"]*)"`).exec(html)?.[1].replaceAll('&amp;', '&')

const structured = (html: string) =>
  JSON.parse(/<script type="application\/ld\+json">(.*)<\/script>/.exec(html)![1])['@graph']

const pages = ['/', '/lettings', '/lettings/1', '/profiles', '/profiles/AirWow']

test.group('What pages say about themselves', (group) => {
  group.each.setup(() => testUtils.db().withGlobalTransaction())

  test('{$self} has a title, a description, a canonical address and Open Graph')
    .with(pages)
    .run(async ({ client, assert }, path) => {
      const response = await client.get(path)
      const html = response.text()
      const [, title] = /<title>([^<]+)<\/title>/.exec(html)!
      assert.include(title, 'OC Lettings')
      assert.isAbove(said(html, 'description')!.length, 40)
      assert.equal(canonical(html), appUrl + path)
      assert.equal(said(html, 'og:url'), appUrl + path)
      assert.equal(said(html, 'og:title'), title)
      assert.equal(said(html, 'og:site_name'), 'OC Lettings')
      assert.include(said(html, 'og:image:alt'), title)
      assert.isUndefined(said(html, 'robots'))
      const picture = await client.get(said(html, 'og:image')!.replace(appUrl, ''))
      picture.assertHeader('content-type', 'image/png')
    })

  test('no two pages have the same title or description', async ({ client, assert }) => {
    const paths = [...pages, '/lettings?sort=title', '/lettings?sort=city']
    const responses = await Promise.all(paths.map((path) => client.get(path)))
    for (const name of ['og:title', 'description']) {
      assert.lengthOf(
        new Set(responses.map((response) => said(response.text(), name))),
        paths.length
      )
    }
  })

  test('a list of some lettings is described in a sentence', async ({ client, assert }) => {
    const response = await client.get('/lettings?country=USA&state=GA')
    assert.equal(
      said(response.text(), 'description'),
      'The holiday homes of OC Lettings in GA, United States of America, each with its place, from the coast to the lakes.'
    )
  })

  test('a profile is described by its name, and by its username once', async ({
    client,
    assert,
  }) => {
    const named = await client.get('/profiles/AirWow')
    assert.equal(
      said(named.text(), 'description'),
      'Ada Paul (AirWow) on OC Lettings. Favorite city: Budapest.'
    )
    const user = { username: 'nameless', firstName: '', lastName: '' }
    await profileFactory({ user }).merge({ favoriteCity: '' }).create()
    const nameless = await client.get('/profiles/nameless')
    assert.equal(said(nameless.text(), 'description'), 'nameless on OC Lettings.')
  })

  test('the first page of a list has one address, however it is asked for', async ({
    client,
    assert,
  }) => {
    const response = await client.get('/lettings?sort=newest&q=&page=1&utm_source=x')
    assert.equal(canonical(response.text()), `${appUrl}/lettings`)
  })

  test('the first page of {list} is the same when it is come back to')
    .with([
      { list: '/lettings', cursor: { id: 2 } },
      { list: '/lettings?sort=title', cursor: { id: 2, key: 'B' } },
      { list: '/profiles', cursor: { id: 2 } },
    ])
    .run(async ({ client, assert }, { list, cursor }) => {
      const first = await client.get(list)
      const titled = said(first.text(), 'og:title')
      // what is before this cursor does not fill a page
      const before = `${list.includes('?') ? '&' : '?'}before=${encodeCursor(cursor)}`
      const tooFar = await client.get(list + before)
      assert.equal(canonical(tooFar.text()), appUrl + list)
      assert.equal(said(tooFar.text(), 'og:title'), titled)

      await lettingFactory().createMany(30)
      await profileFactory().createMany(30)
      const full = await client.get(list)
      const second = await client.get(linked(full.text(), 'next')!)
      assert.include(said(second.text(), 'og:title'), 'further on')
      assert.equal(
        canonical(second.text())?.replaceAll('&amp;', '&'),
        appUrl + linked(full.text(), 'next')
      )
      const back = await client.get(linked(second.text(), 'prev')!)
      assert.equal(canonical(back.text()), appUrl + list)
      assert.equal(said(back.text(), 'og:title'), titled)
    })

  test('{path} is {robots} to search engines')
    .with([
      { path: '/lettings?q=dome', robots: 'noindex' },
      { path: '/lettings?q=nosuch&country=USA', robots: 'noindex' },
      { path: '/lettings?country=FRA', robots: 'noindex' },
      { path: '/lettings?country=USA', robots: 'index' },
      { path: '/lettings?country=USA&state=GA&sort=title', robots: 'index' },
    ])
    .run(async ({ client, assert }, { path, robots }) => {
      const response = await client.get(path)
      response.assertStatus(200)
      assert.equal(said(response.text(), 'robots') ?? 'index', robots)
    })

  test('a missing page is not for search engines', async ({ client, assert }) => {
    const response = await client.get('/nowhere')
    assert.equal(said(response.text(), 'robots'), 'noindex')
    assert.isUndefined(canonical(response.text()))
  })

  test('a letting is a house with a postal address', async ({ client, assert }) => {
    const response = await client.get('/lettings/6')
    const [trail, house] = structured(response.text())
    assert.deepEqual(
      trail.itemListElement.map(({ name }: { name: string }) => name),
      ['Home', 'Lettings', 'Underground Hygge']
    )
    const { '@type': type, 'name': title, url, image, hasMap } = house
    assert.equal(type, 'House')
    assert.equal(title, 'Underground Hygge')
    assert.equal(url, `${appUrl}/lettings/6`)
    assert.equal(image, said(response.text(), 'og:image'))
    assert.equal(image, `${url}/card.png`)
    assert.match(hasMap, /^https:/)
    assert.deepEqual(house.address, {
      '@type': 'PostalAddress',
      'streetAddress': '588 Argyle Avenue',
      'addressLocality': 'East Meadow',
      'addressRegion': 'NY',
      'postalCode': '11554',
      'addressCountry': 'US',
    })
  })

  test('a profile is the page of a person', async ({ client, assert }) => {
    const response = await client.get('/profiles/AirWow')
    const [, page] = structured(response.text())
    assert.equal(page['@type'], 'ProfilePage')
    assert.equal(page.url, `${appUrl}/profiles/AirWow`)
    assert.equal(page.mainEntity.image, said(response.text(), 'og:image'))
    assert.equal(page.mainEntity.image, `${page.url}/stamp.png`)
    assert.equal(page.mainEntity.name, 'Ada Paul')
    assert.equal(page.mainEntity.alternateName, 'AirWow')
  })

  test('the home page is that of the site', async ({ client, assert }) => {
    const response = await client.get('/')
    assert.deepEqual(structured(response.text()), [
      { '@type': 'WebSite', 'name': 'OC Lettings', 'url': `${appUrl}/` },
    ])
  })
})
