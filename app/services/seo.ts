import { urlFor } from '@adonisjs/core/services/url_builder'
import { appUrl } from '#config/app'
import { countryAlpha2 } from '#services/countries'
import type { Listing } from '#services/lists/listing'
import type { ListedProfile } from '#services/lists/profiles'

export const siteName = 'OC Lettings'

/** A path of the site as the world outside has to write it. */
export const absolute = (path: string) => `${appUrl}${path}`

/** Data as JSON that no text in it can break out of a script element with. */
export const embeddable = (data: unknown) =>
  JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )

type Crumb = { name: string; path: string }

/** A script element that says in schema.org's words what a page is about, after its trail from the home page. */
export function structuredData(trail: Crumb[], ...things: object[]) {
  const crumbs = [{ name: 'Home', path: '/' }, ...trail].map(({ name, path }, index) => ({
    '@type': 'ListItem',
    'position': index + 1,
    name,
    'item': absolute(path),
  }))
  const breadcrumbs = { '@type': 'BreadcrumbList', 'itemListElement': crumbs }
  const graph = [...(trail.length ? [breadcrumbs] : []), ...things]
  const data = embeddable({ '@context': 'https://schema.org', '@graph': graph })
  return `<script type="application/ld+json">${data}</script>`
}

export const websiteData = () => ({ '@type': 'WebSite', 'name': siteName, 'url': absolute('/') })

export function lettingData({ id, title, address }: Listing) {
  return {
    '@type': 'House',
    'name': title,
    'url': absolute(urlFor('lettings.show', { id })),
    'image': absolute(urlFor('pictures.letting', { id })),
    'hasMap': address.mapUrl,
    'address': {
      '@type': 'PostalAddress',
      'streetAddress': `${address.number} ${address.street}`,
      'addressLocality': address.city,
      'addressRegion': address.state,
      'postalCode': address.zipCode,
      'addressCountry': countryAlpha2(address.countryIsoCode),
    },
  }
}

export function profileData({ user }: ListedProfile) {
  const { username } = user
  return {
    '@type': 'ProfilePage',
    'url': absolute(urlFor('profiles.show', { username })),
    'mainEntity': {
      '@type': 'Person',
      'name': user.name,
      'alternateName': username,
      'image': absolute(urlFor('pictures.profile', { username })),
    },
  }
}
