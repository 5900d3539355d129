import { type Bindings, query } from '#services/lists/engine'
import { roomOf } from '#services/lists/gaps'
import type { Search } from '#services/lists/search'
import { about, exactly, pageOf, PER_PAGE } from '#services/pager'

/** Profiles that are counted before their number is guessed. */
const COUNTED = 1_000

/** A profile with its user as pages read it. */
export class ListedProfile {
  readonly id: number
  readonly favoriteCity: string
  readonly user: {
    username: string
    firstName: string
    lastName: string
    email: string
    /** First and last name, or the username where neither is known. */
    name: string
  }

  constructor(row: Record<string, any>) {
    this.id = row.id
    this.favoriteCity = row.favorite_city
    const { username, first_name: firstName, last_name: lastName, email } = row
    this.user = {
      username,
      firstName,
      lastName,
      email,
      name: `${firstName} ${lastName}`.trim() || username,
    }
  }

  /** The one of the user with exactly this name. */
  static async find(username: string) {
    const [profile] = await profiles('where username = ?', [username])
    return profile as ListedProfile | undefined
  }

  /** Those who came first. */
  static first(count: number) {
    return profiles('order by profiles.id limit ?', [count])
  }
}

async function profiles(rest: string, bindings: Bindings) {
  const rows = await query(
    `select profiles.id, favorite_city, username, first_name, last_name, email
     from profiles join users on users.id = profiles.user_id ${rest}`,
    bindings
  )
  return rows.map((row) => new ListedProfile(row))
}

/** The page of all profiles that a cursor is for, in the order of their ids. */
export async function findProfiles(search: Search): ReturnType<typeof pageFrom> {
  const { cursor } = search
  const [beyond, order] = cursor?.backwards ? ['<', 'desc'] : ['>', 'asc']
  const rows = await profiles(
    `${cursor ? `where profiles.id ${beyond} ?` : ''} order by profiles.id ${order} limit ?`,
    [...(cursor ? [cursor.id] : []), PER_PAGE + 1]
  )
  if (cursor?.backwards && rows.length < PER_PAGE) return findProfiles(search.first)
  return pageFrom(rows, search)
}

const pageFrom = async (rows: ListedProfile[], search: Search) =>
  pageOf(rows, await countProfiles(), search, ({ id }) => ({ id }))

/** Their number, to the profile or, where they are many, from how close together the first are. */
async function countProfiles() {
  const [{ found, first, high, last }] = await query(
    `select count(*) as found, min(id) as first, max(id) as high, (select max(id) from profiles) as last
     from (select id from profiles order by id limit ${COUNTED + 1}) firsts`
  )
  if (found <= COUNTED) return exactly(found)
  const [below, above] = await roomOf('profiles', 'id', [first, high, last])
  return about(Math.round((found * (below + above)) / below))
}
