import testUtils from '@adonisjs/core/services/test_utils'
import { test } from '@japa/runner'
import { Validator } from '@seriousme/openapi-schema-validator'
import Ajv from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { appUrl } from '#config/app'
import { lettingFactory } from '#database/factories/letting_factory'
import { profileFactory } from '#database/factories/profile_factory'
import { Search } from '#services/lists/search'

const get = (path: string) => fetch(`http://127.0.0.1:${process.env.PORT}${path}`)

/** The document that is served, and whether a value is what it says of a path and a status. */
async function givenDocument() {
  const response = await get('/api/openapi.json')
  const document: any = await response.json()
  const ajv = new Ajv.default({ strict: false, validateFormats: false })
  ajv.addSchema(document, 'openapi')
  const described = (path: string, status: number | 'default') => {
    const pointer = `/paths/${path.replaceAll('/', '~1')}/get/responses/${status}/content/application~1json/schema`
    return ajv.compile({ $ref: `openapi#${pointer}` })
  }
  const parametersOf = (path: string) => document.paths[path].get.parameters
  /** The parameters of a query that are not as the document says. */
  const malformed = (path: string, query: string) => {
    const given = new URLSearchParams(query)
    return parametersOf(path)
      .filter(({ name, schema }: any) => given.has(name) && !ajv.validate(schema, given.get(name)))
      .map(({ name }: any) => name)
  }
  return { document, described, parametersOf, malformed }
}

test.group('API', (group) => {
  group.each.setup(() => testUtils.db().withGlobalTransaction())

  test('is described by a document of OpenAPI 3.1 that keeps to its rules', async ({ assert }) => {
    const { document } = await givenDocument()
    const { valid, errors } = await new Validator().validate(document)
    assert.isTrue(valid, JSON.stringify(errors))
    assert.equal(document.openapi, '3.1.0')
    assert.deepEqual(Object.keys(document.paths), ['/api/lettings', '/api/profiles'])
  })

  test('{path} answers {status}, as the document says')
    .with([
      { path: '/api/lettings', status: 200 },
      { path: '/api/lettings?q=hut&country=USA&sort=title', status: 200 },
      { path: '/api/lettings?q=nosuch', status: 200 },
      { path: '/api/lettings?utm_source=x', status: 200 },
      { path: '/api/profiles', status: 200 },
      { path: '/api/lettings?sort=price', status: 400 },
      { path: '/api/lettings?country=Germany', status: 400 },
      { path: '/api/profiles?after=x', status: 400 },
    ])
    .run(async ({ assert }, { path, status }) => {
      await lettingFactory().createMany(30)
      await profileFactory().createMany(30)
      const { described } = await givenDocument()
      const response = await get(path)
      assert.equal(response.status, status)
      assert.match(response.headers.get('content-type')!, /^application\/json/)
      assert.equal(response.headers.get('access-control-allow-origin'), '*')
      assert.equal(response.headers.get('cross-origin-resource-policy'), 'cross-origin')
      const validate = described(path.split('?')[0], status)
      assert.isTrue(validate(await response.json()), JSON.stringify(validate.errors))
    })

  test('the document would notice another answer', async ({ assert }) => {
    const { described } = await givenDocument()
    const validate = described('/api/lettings', 200)
    const page = { items: [], total: { count: 1, exact: true }, previous: null, next: null }
    assert.isTrue(validate(page))
    for (const wrong of [
      { ...page, more: 1 },
      { ...page, next: 1 },
      { ...page, items: [{ id: 1 }] },
    ])
      // prettier-ignore
      assert.isFalse(validate(wrong))
  })

  test('the document has the parameters that there are, as narrow as they are', async ({
    assert,
  }) => {
    const { malformed, parametersOf } = await givenDocument()
    const names = (path: string) => parametersOf(path).map(({ name }: any) => name)
    const cursors = ['after', 'before']
    assert.deepEqual(names('/api/lettings'), ['q', 'country', 'state', 'city', 'sort', ...cursors])
    assert.deepEqual(names('/api/profiles'), cursors)
    const place = 'country=USA&state=NV'
    for (const query of [
      ...[200, 201].map((length) => `q=${'🏡'.repeat(length)}`),
      ...['usa', 'US', 'USAX', 'U5A'].map((country) => `country=${country}`),
      ...['N', '🏡1', 'NEV'].map((state) => `country=USA&state=${state}`),
      ...[64, 65].map((length) => `${place}&city=${'🏡'.repeat(length)}`),
      ...['newest', 'title', 'city', 'price'].map((sort) => `sort=${sort}`),
    ]) {
      const response = await get(`/api/lettings?${query}`)
      const { errors = [] }: any = await response.json()
      const refused = errors.map(({ parameter }: any) => parameter)
      assert.deepEqual(malformed('/api/lettings', query), refused, query)
    }
  })

  test('rows are what is saved', async ({ assert }) => {
    const lettings = await get('/api/lettings?q=hygge')
    assert.deepInclude(await lettings.json(), {
      items: [
        {
          id: 6,
          title: 'Underground Hygge',
          number: 588,
          street: 'Argyle Avenue',
          city: 'East Meadow',
          state: 'NY',
          zip_code: '11554',
          country_iso_code: 'USA',
          country: 'United States of America',
          url: `${appUrl}/lettings/6`,
        },
      ],
    })
    const user = { username: 'zoë@x', firstName: 'Zoë', lastName: 'Paul' }
    const { id } = await profileFactory({ user }).merge({ favoriteCity: 'Berlin' }).create()
    const profiles = await get('/api/profiles')
    const { items }: any = await profiles.json()
    assert.deepEqual(items.at(-1), {
      id,
      username: 'zoë@x',
      first_name: 'Zoë',
      last_name: 'Paul',
      favorite_city: 'Berlin',
      url: `${appUrl}/profiles/zo%C3%AB%40x`,
    })
  })

  test('lists have the rows of the pages, and lead through all of them and back', async ({
    assert,
  }) => {
    await lettingFactory().createMany(50)
    const ids: number[] = []
    let former: unknown
    let path: string | undefined = '/api/lettings?sort=title'
    let page = '/lettings?sort=title'
    while (path) {
      const response = await get(path)
      const { items, previous, next, total }: any = await response.json()
      const back = previous && (await get(previous.slice(appUrl.length)))
      const before = await back?.json()
      assert.deepEqual(before?.items, former)
      former = items
      const shownPage = await get(page)
      const html = await shownPage.text()
      const shown = [...html.matchAll(/class="name"[^>]*>\s*<a href="\/lettings\/(\d+)"/g)] // prettier-ignore
      assert.deepEqual(
        items.map(({ id }: { id: number }) => id),
        shown.map(([, id]) => Number(id))
      )
      assert.deepEqual(total, { count: 56, exact: true })
      ids.push(...items.map(({ id }: { id: number }) => id))
      path = next?.slice(appUrl.length)
      page = path?.replace('/api', '') ?? ''
    }
    assert.lengthOf(new Set(ids), 56)
  })

  test('problems name their parameters: "{named}"')
    .with([
      { query: 'sort=x&state=NV&q[]=a&before=W10', named: ['q', 'state', 'sort', 'before'] },
      { query: `q=${'é'.repeat(200)}`, named: [] },
      { query: `q=${'é'.repeat(201)}`, named: ['q'] },
      { query: 'q=a%00b', named: ['q'] },
      { query: 'country=USA&state=NEV', named: ['state'] },
      { query: `country=USA&state=NV&city=${'a'.repeat(64)}`, named: [] },
      { query: `country=USA&state=NV&city=${'a'.repeat(65)}`, named: ['city'] },
      { query: 'country=USA&city=Reno', named: ['city'] },
      { query: 'after=WzFd&before=WzFd', named: ['before'] },
      // what a form sends whose fields nobody filled in
      { query: 'q=&country=&state=&city=&sort=&after=&before=', named: [] },
    ])
    .run(async ({ assert }, { query, named }) => {
      const response = await get(`/api/lettings?${query}`)
      assert.equal(response.status, named.length ? 400 : 200)
      const kept = response.headers.get('cache-control')
      assert.equal(kept === 'no-store', named.length > 0)
      const { errors = [] } = (await response.json()) as { errors?: { parameter: string }[] }
      assert.deepEqual(
        errors.map(({ parameter }) => parameter),
        named
      )
    })

  test('of profiles only the page can be asked for', async ({ assert }) => {
    const response = await get('/api/profiles?sort=x&country=x')
    assert.equal(response.status, 200)
  })

  test('what is not there is JSON too, whoever came before', async ({ assert }) => {
    await get('/nowhere')
    const response = await get('/api/nowhere')
    assert.equal(response.status, 404)
    assert.match(response.headers.get('content-type')!, /^application\/json/)
  })

  test('{status} for {method} {path} can be read by scripts of any site')
    .with([
      { method: 'GET', path: '/api/lettings/', status: 301 },
      { method: 'GET', path: '/api/nowhere', status: 404 },
      { method: 'POST', path: '/api/lettings', status: 405 },
      { method: 'GET', path: '/api/lettings?q=bug', status: 500, error: {} },
      { method: 'GET', path: '/api/lettings?q=away', status: 503, error: { code: 'ECONNREFUSED' } },
    ])
    .run(async ({ assert, cleanup }, { method, path, status, error }) => {
      const { described } = await givenDocument()
      const { parse } = Search
      cleanup(() => void Object.assign(Search, { parse }))
      if (error) {
        Search.parse = () => {
          throw Object.assign(new Error('it breaks'), error)
        }
      }
      const url = `http://127.0.0.1:${process.env.PORT}${path}`
      const response = await fetch(url, { method, redirect: 'manual' })
      assert.equal(response.status, status)
      assert.equal(response.headers.get('access-control-allow-origin'), '*')
      assert.equal(response.headers.get('access-control-expose-headers'), 'Retry-After')
      assert.equal(response.headers.get('retry-after'), status === 503 ? '5' : null)
      assert.equal(response.headers.get('allow'), status === 405 ? 'GET, HEAD' : null)
      if (status < 400) return
      const validate = described('/api/lettings', status === 503 ? status : 'default')
      const answer: any = await response.json()
      assert.isTrue(validate(answer), JSON.stringify(validate.errors))
      assert.isFalse(validate({ ...answer, message: undefined }))
    })

  test('304 says that a list has not changed, as the document does', async ({ client, assert }) => {
    const { document } = await givenDocument()
    for (const path of Object.keys(document.paths)) {
      const first = await client.get(path)
      const second = await client.get(path).header('If-None-Match', first.header('etag')!)
      second.assertStatus(304)
      assert.property(document.paths[path].get.responses, '304')
    }
  })

  test('no parameter brings a 5xx', async ({ assert }) => {
    const name = fc.constantFrom('q', 'country', 'state', 'city', 'sort', 'after', 'before', 'q[]', 'sort[a]', '__proto__', '') // prettier-ignore
    const value = fc.oneof(fc.string({ unit: 'binary' }).map((text) => encodeURIComponent(text.toWellFormed())), fc.constantFrom('%00', '%ff', '%', 'USA', 'NV', 'title', 'WzFd', '"*')) // prettier-ignore
    const query = fc.array(fc.tuple(name, value), { maxLength: 5 })
    const list = fc.constantFrom('/lettings', '/profiles', '/api/lettings', '/api/profiles')
    await fc.assert(
      fc.asyncProperty(list, query, async (path, pairs) => {
        const response = await get(`${path}?${pairs.map((pair) => pair.join('=')).join('&')}`)
        assert.isBelow(response.status, 500)
        await response.arrayBuffer()
      }),
      { numRuns: 200, seed: 20_261_125 }
    )
  })
})
