import { test } from '@japa/runner'
import { PostalAddress } from '#services/postal'

test('an address names its country where that is not the site’s own, by its code where it has no name', ({
  assert,
}) => {
  const [home, abroad, nowhere] = ['USA', 'FRA', 'XXX'].map(
    (code) =>
      new PostalAddress({
        number: 7217,
        street: 'Bedford Street',
        city: 'Brunswick',
        state: 'GA',
        zip_code: '31525',
        country_iso_code: code,
      })
  )
  assert.equal(home.full, '7217 Bedford Street, Brunswick, GA 31525, United States of America')
  assert.equal(home.place, 'Brunswick, GA')
  assert.equal(abroad.place, 'Brunswick, GA, France')
  assert.equal(nowhere.place, 'Brunswick, GA, XXX')
})
