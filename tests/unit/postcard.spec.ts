import { test } from '@japa/runner'
import fc from 'fast-check'
import { lettering } from '#services/lettering'
import { postcard, stamp } from '#services/postcard'
import { type House, houses, type Land, lands, lights } from '#services/scenery'

const address = { number: 4, city: 'Nowhere', state: 'GA', zipCode: '31525', countryIsoCode: 'USA' }
const letting = { id: 1, title: 'A plain house', address }

/** Whether a drawing has these shapes, in whatever light. */
const shows = (drawing: string, shapes: { d: string }[]) =>
  shapes.every(({ d }) => drawing.includes(`d="${d}"`))

test.group('A postcard', () => {
  test('of a letting is always the same', ({ assert }) => {
    assert.deepEqual(postcard(letting), postcard(structuredClone(letting)))
  })

  test('shows {2} in {0}, {1}')
    .with([
      ['Savannah', 'GA', 'coast'],
      ['Marquette', 'MI', 'lakes'],
      ['Aliquippa', 'PA', 'hills'],
      ['Wichita', 'ks', 'plains'],
      ['Tucson', 'AZ', 'desert'],
      ['Chicago', 'IL', 'city'],
      ['East Meadow', 'NY', 'plains'],
      ['Newport News', 'VA', 'coast'],
      ['New Madrid', 'MO', 'hills'],
      ['Parishville', 'NY', 'hills'],
    ])
    .run(({ assert }, [city, state, land]) => {
      const { ground } = postcard({ ...letting, address: { ...address, city, state } })
      assert.isTrue(shows(ground, lands[land as Land].layers))
    })

  test('shows the same land for a place that no table knows, and not the same one for all', ({
    assert,
  }) => {
    // a state of another country is none of the tables'
    const ground = (city: string) =>
      postcard({ ...letting, address: { ...address, city, countryIsoCode: 'FRA' } }).ground
    const grounds = Array.from('ABCDEF', ground)
    assert.lengthOf([...new Set(grounds)], Object.keys(lands).length)
    assert.deepEqual(Array.from('abcdef', ground), grounds)
  })

  test('shows a {1} for «{0}»')
    .with([
      ["'Silo Studio' Cottage", 'silo'],
      ['The Mushroom Dome Retreat', 'dome'],
      ['Underground Hygge', 'burrow'],
      ['Pirates of the Caribbean Getaway', 'boat'],
      ['Fisherman’s Hut', 'hut'],
      ['Tree House', 'treehouse'],
      ['Treehouse', 'treehouse'],
      ['Oceanview Retreat', 'house'],
      ['Friendship Cottage', 'house'],
      ['White Shutters', 'house'],
      ['Concave Walls', 'house'],
    ])
    .run(({ assert }, [title, house]) => {
      assert.isTrue(shows(postcard({ ...letting, title }).home, houses[house as House]))
    })

  test('has a tub beside the house for a hot tub', ({ assert }) => {
    const plain = postcard(letting).home
    for (const title of ['A house /w Hot Tub', 'Hottub', 'Jacuzzi', 'House and Spa']) {
      const { home } = postcard({ ...letting, title })
      assert.isTrue(home.startsWith(plain), title)
      assert.isAbove(home.length, plain.length, title)
    }
    assert.equal(postcard({ ...letting, title: 'Spacious' }).home, plain)
  })

  test('has a boat on the water where the land has some, and a house never', ({ assert }) => {
    const site = (title: string, state: string) =>
      postcard({ ...letting, title, address: { ...address, state } }).site
    assert.equal(site('A boat', 'GA'), lands.coast.mooring)
    assert.equal(site('A house', 'GA'), lands.coast.site)
    assert.equal(site('A boat', 'AZ'), lands.desert.site)
  })

  test('keeps its sun clear of its postmark, and the zip code within that', ({ assert }) => {
    for (const id of lights.keys()) {
      const places = [4, 5].map((number) => {
        const { sky } = postcard({ ...letting, id, address: { ...address, number } })
        return Number(/d="M(\d+) [^"]*"\/>$/.exec(sky)![1])
      })
      // the one is 22 wide to its side, the other's ring begins at 186
      assert.isAtMost(Math.max(...places), 164)
      assert.notEqual(places[0], places[1])
    }
    for (const zipCode of ['1', '31525', 'W'.repeat(12)]) {
      const { postmark } = postcard({ ...letting, address: { ...address, zipCode } })
      assert.isAtMost(Math.max(lettering(zipCode).width, 6) * postmark.scale, 34, zipCode)
    }
  })

  test('takes its light from the id, its postmark from the zip code, its side from the number', ({
    assert,
  }) => {
    const card = postcard(letting)
    const later = postcard({ ...letting, id: 2 })
    assert.notEqual(later.sky, card.sky)
    assert.notEqual(later.ground, card.ground)
    assert.notEqual(later.home, card.home)
    const elsewhere = postcard({ ...letting, address: { ...address, zipCode: '90210' } })
    assert.deepEqual({ ...elsewhere, postmark: card.postmark }, card)
    assert.notDeepEqual(elsewhere.postmark, card.postmark)
    assert.isFalse(card.turned)
    assert.isTrue(postcard({ ...letting, address: { ...address, number: 5 } }).turned)
  })

  test('can be drawn from any data, and none of it gets into the markup', ({ assert }) => {
    const text = fc.string({ unit: 'binary' })
    const rows = fc.record({
      id: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      title: text,
      address: fc.record({
        number: fc.integer({ min: 0, max: 9999 }),
        city: text,
        state: text,
        zipCode: text,
        countryIsoCode: fc.constantFrom('USA', 'FRA'),
      }),
    })
    const markup =
      /^(<path (fill="none" stroke="#[\da-f]{6}" stroke-width="[\d.]+"|fill="#[\da-f]{6}")( opacity="[\d.]+")? d="[\d MmLlHhVvCcAaQqSsTtZz.-]+"\/>)+$/
    fc.assert(
      fc.property(rows, (row) => {
        const { sky, ground, home, postmark } = postcard(row)
        for (const drawing of [sky, ground, home]) assert.match(drawing, markup)
        assert.isAbove(postmark.scale, 0)
      })
    )
  })
})

test.group('A stamp', () => {
  const profile = { id: 3, favoriteCity: 'Budapest' }

  test('has the initials of {0}: as many shapes as {1}')
    .with([
      ['Ada Paul', 'AP'],
      ['Anna Maria Øst Lind', 'AL'],
      ['guest.42@home', 'GH'],
      ['Élodie', 'E'],
      ['Łukasz Ødegård', 'LO'],
      ['Мария', ''],
    ])
    .run(({ assert }, [name, initials]) => {
      assert.deepEqual(
        stamp(profile, name).initials,
        stamp(profile, initials.split('').join(' ')).initials
      )
    })

  test('shows the land of the favorite city', ({ assert }) => {
    assert.isTrue(shows(stamp(profile, '').ground, lands.hills.layers))
  })
})
