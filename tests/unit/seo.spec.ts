import { test } from '@japa/runner'
import fc from 'fast-check'
import { appUrl } from '#config/app'
import { embeddable, structuredData } from '#services/seo'

test.group('Structured data', () => {
  test('keeps any text, and none of it can end the script that holds it', ({ assert }) => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('</script>', '<!--', '\u2028\u2029', '&lt;')
    )
    fc.assert(
      fc.property(text, (name) => {
        const json = embeddable({ name })
        assert.deepEqual(JSON.parse(json), { name })
        assert.notMatch(json, /[<>&\u2028\u2029]/)
      })
    )
  })

  test('has the trail from the home page, in absolute addresses', ({ assert }) => {
    const script = structuredData([{ name: 'Lettings', path: '/lettings' }], { '@type': 'House' })
    const json = /^<script type="application\/ld\+json">(.*)<\/script>$/.exec(script)![1]
    assert.deepEqual(JSON.parse(json), {
      '@context': 'https://schema.org',
      '@graph': [
        {
          '@type': 'BreadcrumbList',
          'itemListElement': [
            { '@type': 'ListItem', 'position': 1, 'name': 'Home', 'item': `${appUrl}/` },
            {
              '@type': 'ListItem',
              'position': 2,
              'name': 'Lettings',
              'item': `${appUrl}/lettings`,
            },
          ],
        },
        { '@type': 'House' },
      ],
    })
  })
})
