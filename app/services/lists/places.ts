import { query } from '#services/lists/engine'
import { LEVELS } from '#services/lists/search'

/** A country, a state or a city, or on level 0 all of them, with the number of its lettings. */
export type Place = { level: number; country: string; state: string; city: string; count: number }

/** Places that are offered within one: those with the most lettings. */
export const MOST = 50

/** The place that a search names, if there are lettings, and those with the most lettings within it. */
export async function placesOf({ country, state, city }: Omit<Place, 'level' | 'count'>) {
  const level = [country, state, city].filter(Boolean).length
  const parents = LEVELS.slice(0, level)
  const [place, ...within]: Place[] = await query(
    `select level, country, state, city, count from places where level = ${level} and country = ? and state = ? and city = ?` +
      (level === 3
        ? ''
        : ` union all select * from (
             select level, country, state, city, count from places
             where ${[`level = ${level + 1}`, ...parents.map((name) => `${name} = ?`), `${LEVELS[level]} <> ''`].join(' and ')}
             order by count desc, country, state, city limit ${MOST}) within`),
    level === 3
      ? [country, state, city]
      : [country, state, city, country, state].slice(0, 3 + level)
  )
  return place?.level === level ? { place, within } : { within: [] }
}

/** What a place is called among its neighbours: the last of its names. */
export const nameOf = (place: Place) => place[LEVELS[place.level - 1]]
