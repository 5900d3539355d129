// the package's own entry reads all of its 78 languages
import countries from 'i18n-iso-countries/index.js'
import english from 'i18n-iso-countries/langs/en.json' with { type: 'json' }

countries.registerLocale(english)

const names = new Map(Object.entries(countries.getNames('en')).map(([code, name]) => [countries.alpha2ToAlpha3(code)!, name])) // prettier-ignore

/** A country's English name, or its code where ISO 3166-1 has no such code. */
export const countryName = (code: string) => names.get(code) ?? code

/** The two-letter code that schema.org wants, or the code as it is. */
export const countryAlpha2 = (code: string) => countries.alpha3ToAlpha2(code) ?? code

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

const words = [...names].map(([code, name]) => [code, plain(name).split(/[^\p{L}]+/u)] as const)

/** The codes of the countries whose English names have a word that begins so, from three letters on. */
export function countriesNamed(beginning: string) {
  const wanted = plain(beginning)
  if (wanted.length < 3) return []
  return words.flatMap(([code, all]) =>
    all.some((word) => word.startsWith(wanted)) ? [code.toLowerCase()] : []
  )
}
