import testUtils from '@adonisjs/core/services/test_utils'
import db from '@adonisjs/lucid/services/db'
import type { ApiResponse } from '@japa/api-client'
import { test } from '@japa/runner'
import Address from '#models/address'
import type Letting from '#models/letting'
import User from '#models/user'
import { lettingFactory } from '#database/factories/letting_factory'
import { profileFactory } from '#database/factories/profile_factory'
import { Listing } from '#services/lists/listing'

async function givenLetting(title: string, address = {}) {
  const place = { city: 'Reno', state: 'NV', zipCode: '01234', ...address }
  return lettingFactory({ address: place }).merge({ title }).create()
}

const givenProfile = (username: string, user = {}, favoriteCity = '') =>
  profileFactory({ user: { username, ...user } })
    .merge({ favoriteCity })
    .create()

test.group('Pages', (group) => {
  group.each.setup(() => testUtils.db().withGlobalTransaction())

  test('the home page shows some of the lettings and profiles and the way to all', async ({
    client,
    assert,
  }) => {
    const response = await client.get('/')
    response.assertStatus(200)
    for (const href of ['/lettings', '/profiles', '/lettings/1', '/profiles/AirWow']) {
      assert.include(response.text(), `href="${href}"`)
    }
  })

  test('the lists show every row of the original site', async ({ client }) => {
    const lettings = await client.get('/lettings')
    for (const text of ['Oceanview Retreat', 'Willoughby', '&#x27;Silo Studio&#x27; Cottage']) {
      lettings.assertTextIncludes(text)
    }
    const profiles = await client.get('/profiles')
    for (const username of ['HeadlinesGazer', 'DavWin', 'AirWow', '4meRomance'])
      profiles.assertTextIncludes(username)
  })

  test('each example in the search box finds a letting of the original site', async ({
    client,
    assert,
  }) => {
    const response = await client.get('/')
    const [, examples] = /placeholder="([^"&]+)&hellip;"/.exec(response.text())!
    for (const q of examples.split(', ')) {
      const found = await client.get('/api/lettings').qs({ q })
      assert.isNotEmpty(found.body().items, q)
    }
  })

  test('pages have no character that would make them two bytes a character in memory, unless a row has one', async ({
    client,
    assert,
  }) => {
    for (const path of ['/', '/lettings', '/lettings/1', '/profiles', '/profiles/AirWow']) {
      const response = await client.get(path)
      assert.notMatch(response.text(), /[\u0100-\uffff]/, path)
    }
  })

  test('a letting shows its title, its full address and the name of its country, and links to a map', async ({
    client,
  }) => {
    const response = await client.get('/lettings/6')
    for (const text of [
      'Underground Hygge',
      '588 Argyle Avenue',
      'East Meadow',
      'NY',
      '11554',
      'United States of America',
    ]) {
      response.assertTextIncludes(text)
    }
    response.assertTextIncludes('https://www.openstreetmap.org/search?query=588+Argyle+Avenue')
  })

  test('a letting shows others of its city, then of its state, and none of elsewhere', async ({
    client,
    assert,
  }) => {
    const letting = await givenLetting('Here')
    const inState = await givenLetting('In the state', { city: 'Elko' })
    const inCity = await givenLetting('In the city', { city: 'reno' })
    const elsewhere = await givenLetting('Elsewhere', { state: 'CA' })
    const response = await client.get(`/lettings/${letting.id}`)
    const at = (row: Letting) => response.text().indexOf(`href="/lettings/${row.id}"`)
    assert.isAbove(at(inCity), 0)
    assert.isAbove(at(inState), at(inCity))
    assert.equal(at(elsewhere), -1)
  })

  test('others of a letting are the newest ones, each once, and not itself', async ({ assert }) => {
    const older = await givenLetting('In the state', { city: 'Elko' })
    const newer = await givenLetting('In the state', { city: 'Elko' })
    const inCity = await givenLetting('In the city')
    const { id } = await givenLetting('Here')
    const listing = await Listing.find(id)
    const others = await listing!.neighbours(3)
    const ids = [inCity, newer, older].map((letting) => letting.id)
    assert.deepEqual(
      others.map((other) => other.id),
      ids
    )
  })

  test('a letting leads to all of its city, or of its state where others are of other cities', async ({
    client,
  }) => {
    const state = { state: 'NV', countryIsoCode: 'USA' }
    const letting = await givenLetting('Here', state)
    await givenLetting('In the city', { ...state, city: 'reno' })
    const inCity = await client.get(`/lettings/${letting.id}`)
    inCity.assertTextIncludes('href="/lettings?country=USA&amp;state=NV&amp;city=Reno"')
    await givenLetting('In the state', { ...state, city: 'Elko' })
    const inState = await client.get(`/lettings/${letting.id}`)
    inState.assertTextIncludes('href="/lettings?country=USA&amp;state=NV"')
  })

  test('a zip code keeps its leading zero', async ({ client }) => {
    const letting = await givenLetting('Zero')
    const response = await client.get(`/lettings/${letting.id}`)
    response.assertTextIncludes('01234')
  })

  test('a profile shows its name, e-mail, favorite city and the lettings there', async ({
    client,
  }) => {
    const user = { firstName: 'Zoë', lastName: "O'Neil", email: 'zoe+a&b?c%@example.com' }
    await givenProfile('zoë.o+n@x', user, 'Brunswick')
    const response = await client.get(`/profiles/${encodeURIComponent('zoë.o+n@x')}`)
    response.assertStatus(200)
    for (const text of [
      'zoë.o+n@x',
      'Zoë',
      'O&#x27;Neil',
      'href="mailto:zoe%2Ba%26b%3Fc%25@example.com"',
      '>zoe+a&amp;b?c%@example.com<',
      'Brunswick',
      'href="/lettings/1"',
      'href="/lettings?q=Brunswick"',
    ]) {
      response.assertTextIncludes(text)
    }
  })

  test('a profile without e-mail and favorite city leads to no nameless ones', async ({
    client,
    assert,
  }) => {
    await givenProfile('nowhere', { email: '' })
    const response = await client.get('/profiles/nowhere')
    response.assertStatus(200)
    assert.notMatch(response.text(), /href="(\/lettings\/\d|mailto:)/)
  })

  test('only the @ before the domain of an e-mail is one in its link', async ({ client }) => {
    await givenProfile('quoted', { email: '"a@b"@example.com' })
    const response = await client.get('/profiles/quoted')
    response.assertTextIncludes('href="mailto:%22a%40b%22@example.com"')
  })

  test('what people wrote is text, never markup', async ({ client, assert }) => {
    const image = '"><img src=x>'
    const address = { street: image, city: image, state: '<z', zipCode: '<z>' }
    const letting = await givenLetting('</script><script>alert(1)</script>', address)
    await givenLetting('Another there', {
      ...address,
      countryIsoCode: letting.address.countryIsoCode,
    })
    await givenProfile('evil', { firstName: '<b>Eve</b>' }, image)
    const q = encodeURIComponent(`${image} nosuch`)
    const country = `country=${letting.address.countryIsoCode}`
    const city = `city=${encodeURIComponent(image)}`
    for (const path of [
      '/',
      '/lettings',
      `/lettings/${letting.id}`,
      `/lettings?${country}`,
      `/lettings?${country}&state=%3Cz`,
      `/lettings?${country}&state=%3Cz&${city}`,
      `/lettings?${country}&state=%3Cz&q=${q}`,
      '/profiles',
      '/profiles/evil',
    ]) {
      const response = await client.get(path)
      response.assertStatus(200)
      for (const markup of ['<script>alert', '<img', '<b>', '<z'])
        assert.notInclude(response.text(), markup, path)
    }
  })

  test('{list} has 24 rows a page')
    .with([{ list: '/lettings' }, { list: '/profiles' }])
    .run(async ({ client, assert }, { list }) => {
      await (list === '/lettings' ? lettingFactory() : profileFactory()).createMany(50)
      const [{ total }] = await db.from(list.slice(1)).count('* as total')
      const pages = Math.ceil(total / 24)
      const seen = new Set<string>()
      let next: string | undefined = list
      for (let page = 1; page <= pages; page++) {
        const response: ApiResponse = await client.get(next!)
        response.assertStatus(200)
        next = /<a rel="next" href="([^"]+)"/.exec(response.text())?.[1]
        const found = new Set(
          [...response.text().matchAll(new RegExp(`href="(${list}/[^"]+)"`, 'g'))].map(
            ([, href]) => href
          )
        )
        assert.equal(found.size, page < pages ? 24 : total - 24 * (pages - 1))
        for (const href of found) seen.add(href)
      }
      assert.equal(seen.size, total)
      assert.isUndefined(next)
    })

  test('empty lists are pages that say so', async ({ client, assert }) => {
    await db.from('lettings').delete()
    await db.from('profiles').delete()
    for (const [path, ...lists] of [
      ['/', 'lettings', 'profiles'],
      ['/lettings', 'lettings'],
      ['/profiles', 'profiles'],
    ]) {
      const response = await client.get(path)
      response.assertStatus(200)
      for (const list of lists) assert.include(response.text(), `There are no ${list} yet.`, path)
    }
  })

  test('a letting that is deleted takes its address along, a profile its user', async ({
    assert,
  }) => {
    const letting = await givenLetting('Gone')
    await letting.delete()
    assert.isNull(await Address.find(letting.addressId))
    const profile = await givenProfile('gone')
    await profile.delete()
    assert.isNull(await User.find(profile.userId))
  })

  test('GET {path} is 404 with ways back')
    .with(
      // prettier-ignore
      [
        '/nowhere', '/lettings/0', '/lettings/01', '/lettings/abc', '/lettings/99999999999999999999', '/lettings/1/edit',
        '/lettings?after=x', '/lettings?after=W10', '/lettings?before=WzEsImEiXQ', '/lettings?after=WzFd',
        '/lettings?after=WzFd&after=WzFd', '/lettings?after[]=WzFd', '/profiles?after=WzIxNDc0ODM2NDdd',
        '/profiles/nobody', '/profiles/airwow', '/profiles/a%2Fb', '/profiles/%20', '/sitemaps/lettings-2.xml',
        '/sitemaps/lettings-0.xml', '/sitemaps/lettings-01.xml', '/sitemaps/pages-2.xml', '/sitemaps/users-1.xml', '/sitemaps/pages-1.xml.gz',
        '/.env', '/assets/.vite/manifest.json', '/..%2f..%2fetc/passwd', '/package.json', '/assets/none.css',
      ].map((path) => ({ path }))
    )
    .run(async ({ client, assert }, { path }) => {
      const response = await client.get(path)
      response.assertStatus(404)
      response.assertHeader('cache-control', 'no-store')
      for (const href of ['/lettings', '/profiles'])
        assert.include(response.text(), `href="${href}"`)
    })

  test('GET {path} is 400')
    .with(
      ['/%', '/%zz', '/lettings/%ff', '/profiles/%E0%A4%A', '/%c0%ae/'].map((path) => ({ path }))
    )
    .run(async ({ assert }, { path }) => {
      const response = await fetch(`http://127.0.0.1:${process.env.PORT}${path}`)
      assert.equal(response.status, 400)
      assert.match(await response.text(), /<h1[\s>]/)
    })
})
