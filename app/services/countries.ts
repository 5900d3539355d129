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

const words = Object.entries(countries.getNames('en', { select: 'all' })).map(
  ([code, all]) =>
    [
      countries.alpha2ToAlpha3(code)!.toLowerCase(),
      all.flatMap((name) => plain(name).split(/[^\p{L}]+/u)),
    ] as const
)

/** The codes of the countries of whose English names a word begins so; less than three letters have to be all of it, such as «of». */
export function countriesNamed(beginning: string) {
  const wanted = plain(beginning)
  const isMeant = (word: string) => (wanted.length < 3 ? word === wanted : word.startsWith(wanted))
  return words.flatMap(([code, all]) => (all.some(isMeant) ? [code] : []))
}
