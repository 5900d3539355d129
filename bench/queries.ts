import { demoLetting } from '../database/demo.ts'
import { ask } from './client.ts'

const whole = (below: number) => Math.floor(Math.random() * below)
const pick = <T>(list: readonly T[]) => list[whole(list.length)]

/** A letting that both the small and the large data set have. */
const any = () => demoLetting(whole(1_000))
const words = (text: string) => text.match(/\p{L}{4,}/gu) ?? [text]
const prefix = (word: string) => word.slice(0, 2 + whole(word.length - 2))
const list = (query: object) => `/lettings?${new URLSearchParams({ ...query })}`

/** Every kind of page whose latency counts, each with a new address of it. The number makes it one that nobody asked for before. */
export const kinds: Record<string, (size: number, cursors: string[]) => string> = {
  'detail': (size) => `/lettings/${1 + whole(size)}`,
  'list, sorted': () => list({ sort: pick(['newest', 'title', 'city']) }),
  'list, filtered': () => {
    const { countryIsoCode, state, city } = any()
    return list(pick([{ country: countryIsoCode }, { country: countryIsoCode, state, city }]))
  },
  'list, deep': (_, cursors) => pick(cursors),
  'search, common word': () => list({ q: pick(words(any().title)) }),
  'search, rare word': () => list({ q: any().zipCode.split(/[ -]/)[0] }),
  'search, two words': () => {
    const { title, city } = any()
    return list({ q: `${pick(words(title))} ${pick(words(city))}` })
  },
  'search, prefixes': () => {
    const { title, street } = any()
    return list({ q: `${prefix(pick(words(title)))} ${prefix(pick(words(street)))}` })
  },
  'search, nothing found': () => list({ q: `zzz${whole(1e6)}` }),
  'search, filtered and sorted': () => {
    const { title, countryIsoCode } = any()
    return list({ q: pick(words(title)), country: countryIsoCode, sort: pick(['title', 'city']) })
  },
}

/** So many searches, no two the same: a mood, a house and the beginning of a city. */
export function searches(count: number) {
  const found = new Set<string>()
  while (found.size < count) {
    const [mood, house] = words(any().title)
    found.add(list({ q: `${mood} ${prefix(house ?? mood)} ${prefix(pick(words(any().city)))}` }))
  }
  return [...found]
}

/** Addresses deep in each order of the list, found as a visitor finds them: from page to page. */
export async function walk(url: string, pages: number) {
  const found: string[] = []
  for (const sort of ['newest', 'title', 'city']) {
    let path: string | undefined = list({ sort })
    for (let page = 0; path && page < pages; page++) {
      const { body } = await ask(url + path)
      const [link] = /<a[^>]*rel="next"[^>]*>/.exec(String(body)) ?? []
      path = link && /href="([^"]+)"/.exec(link)?.[1].replaceAll('&amp;', '&')
      if (path && page > pages / 2) found.push(path)
    }
  }
  return found
}
