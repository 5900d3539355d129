import type { Kind } from '#services/import/importer'
import { updateFrom } from '#services/import/stage'
import { numberOf, rowsOf } from '#services/transaction'
import { profileRowValidator } from '#validators/profile'

const NAMES = ['username', 'first_name', 'last_name', 'email']

/** Profiles with their users, who have no password until they are given one. Without an id, a profile is its user's. */
export const profiles: Kind = {
  name: 'profiles',
  tables: ['profiles', 'users'],
  validator: profileRowValidator,
  fields: {
    id: 'id',
    username: 'username',
    firstName: 'first_name',
    lastName: 'last_name',
    email: 'email',
    favoriteCity: 'favorite_city',
  },
  optional: ['id', 'firstName', 'lastName', 'email', 'favoriteCity'],
  integers: ['id'],
  staged: [
    'id integer',
    'username varchar(150) not null',
    // what a file leaves out stays as it is
    'first_name varchar(150)',
    'last_name varchar(150)',
    'email varchar(254)',
    'favorite_city varchar(64)',
  ],
  // those that are there already, and whether nothing changes
  targets: ['profile_id integer', 'user_id integer', 'same integer'],

  async prepare(trx) {
    for (const column of ['username', 'profile_id', 'user_id', 'id']) {
      await trx.rawQuery(`create index staged_${column} on staged (${column})`)
    }
  },

  async apply(trx, { replace, problems }) {
    const before = await numberOf(trx, 'select count(*) from profiles')

    const match = (column: string, query: string, which: string) =>
      trx.rawQuery(`update staged set ${column} = (${query}) where ${which}`)
    const userOfName = 'select u.id from users u where u.username = staged.username'
    await match(
      'profile_id',
      'select p.id from profiles p where p.id = staged.id',
      'id is not null'
    )
    await match(
      'user_id',
      'select p.user_id from profiles p where p.id = staged.profile_id',
      'id is not null'
    )
    await match('user_id', userOfName, 'id is null')
    await match(
      'profile_id',
      'select p.id from profiles p where p.user_id = staged.user_id',
      'id is null'
    )
    await complainOfDoubles()
    if (problems.count) return

    const kept = await numberOf(trx, 'select count(profile_id) from staged')
    if (replace) {
      await trx.rawQuery(`delete from users where id in (select user_id from profiles where id not in (
           select profile_id from staged where profile_id is not null))`)
    }
    await match('user_id', userOfName, 'id is not null and profile_id is null')
    await complainOfTaken()
    if (problems.count) return

    // what is staged comes first: SQLite compares by the collation of the column on the left
    const unchanged = (column: string, table: string) =>
      `coalesce(staged.${column} = ${table}.${column}, true)`
    await match(
      'same',
      `select case when ${NAMES.map((column) => unchanged(column, 'u')).join(' and ')}
         and ${unchanged('favorite_city', 'p')} then 1 else 0 end
       from users u join profiles p on p.user_id = u.id where p.id = staged.profile_id`,
      'profile_id is not null'
    )
    // who is a user without a profile so far gets the names too
    await trx.rawQuery(
      'update staged set same = 0 where profile_id is null and user_id is not null'
    )
    const changed = await numberOf(
      trx,
      'select count(*) from staged where same = 0 and profile_id is not null'
    )
    const added = (await numberOf(trx, 'select count(*) from staged')) - kept

    await updateFrom(trx, 'users', NAMES, 'user_id')
    if (changed) await updateFrom(trx, 'profiles', ['favorite_city'], 'profile_id')
    if (added) {
      const base = await numberOf(trx, 'select coalesce(max(id), 0) from users')
      const joined = new Date().toISOString().slice(0, 19).replace('T', ' ')
      await trx.rawQuery(
        `insert into users (id, username, first_name, last_name, email, password, date_joined)
         select ${base} + n, username, coalesce(first_name, ''), coalesce(last_name, ''), coalesce(email, ''), '!', ?
         from staged where user_id is null`,
        [joined]
      )
      for (const given of ['not null', 'null']) {
        await trx.rawQuery(`insert into profiles (id, user_id, favorite_city)
           select id, coalesce(user_id, ${base} + n), coalesce(favorite_city, '')
           from staged where profile_id is null and id is ${given} order by n`)
      }
    }
    return { added, changed, unchanged: kept - changed, removed: replace ? before - kept : 0 }

    async function complainOfDoubles() {
      for (const column of ['username', 'profile_id', 'id']) {
        const doubles = await rowsOf(
          trx,
          `select ${column} as value, min(line) as first, max(line) as last from staged
           where ${column} is not null group by ${column} having count(*) > 1 order by last`
        )
        for (const { value, first, last } of doubles) {
          const [what, where] = column === 'username' ? ['user', column] : ['profile', 'id']
          problems.add(`is ${what} ${value}, as line ${first} is`, last, where)
        }
        if (doubles.length) return
      }
    }

    async function complainOfTaken() {
      const taken = await rowsOf(
        trx,
        `select s.line, s.username, p.id from staged s join users u on u.username = s.username
         left join profiles p on p.user_id = u.id
         where u.id <> s.user_id or (s.profile_id is null and p.id is not null) order by s.line`
      )
      for (const { line, username, id } of taken) {
        const owner = id ? `profile ${id}` : 'no profile'
        problems.add(`${username} is the user of ${owner}`, line, 'username')
      }
    }
  },
}
