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

/** The codes of the countries of whose names a word begins so, by beginnings of three letters or more and by whole words. */
const codes = new Map<string, Set<string>>()
for (const [alpha2, all] of Object.entries(countries.getNames('en', { select: 'all' }))) {
  const code = countries.alpha2ToAlpha3(alpha2)!.toLowerCase()
  for (const word of all.flatMap((name) => plain(name).split(/[^\p{L}]+/u))) {
    for (let end = Math.min(3, word.length); end <= word.length; end++) {
      const beginning = word.slice(0, end)
      codes.set(beginning, (codes.get(beginning) ?? new Set()).add(code))
    }
  }
}

/** The codes of the countries that a word of a query may stand for: «germ» for Germany, «of» for the United States of America. */
export const countriesNamed = (word: string) => [...(codes.get(plain(word)) ?? [])]
