import { countriesNamed } from '#services/countries'

/** Words of a query that count, and letters of each. */
const MOST_WORDS = 8
const MOST_LETTERS = 64

/** A word of a query, which the words of a letting may begin with, and the codes of countries whose names have a word that does. */
export type Word = { word: string; codes: string[] }

/** The words of a query: letters and digits alone, so that nothing in them is an operator to a database. */
export function wordsOf(query: string): Word[] {
  const words = tokens(query).map((word) => [...word].slice(0, MOST_LETTERS).join(''))
  return [...new Set(words)]
    .slice(0, MOST_WORDS)
    .map((word) => ({ word, codes: countriesNamed(word) }))
}

/** Letters to Unicode, but marks to the Unicode of FTS5, for which they would part a word: those of New Tai Lue, and two signs of Vedic. */
const NO_LETTERS = /[\u19b0-\u19c9\u1cf2\u1cf3]/g

/** A text's runs of letters and digits, marks on them composed or gone. The databases see to case and accents. */
export const tokens = (text: string) =>
  text
    .normalize('NFC')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(NO_LETTERS, ' ')
    .match(/[\p{L}\p{N}]+/gu) ?? []
