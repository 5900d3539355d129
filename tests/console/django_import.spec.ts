import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import app from '@adonisjs/core/services/app'
import hashing from '@adonisjs/core/services/hash'
import db from '@adonisjs/lucid/services/db'
import { test } from '@japa/runner'
import SQLite from 'better-sqlite3'
import User from '#models/user'
import { findLettings } from '#services/lists/lettings'
import { placesOf } from '#services/lists/places'
import { searchOf } from '#services/lists/search'
import {
  emptyTables,
  everything,
  insistsOnChecks,
  partWords,
  piecesOfWords,
  run,
  runJson,
  start,
  startWith,
  withFolder,
  withOriginalRows,
} from '#tests/console/helpers'
import { assertInStep } from '#tests/helpers/listings'

const ORIGINAL = await readFile(app.makePath('tests/fixtures/original.sql'), 'utf8')
const isMySQL = db.primaryConnectionName === 'mysql'

/** The original's tables under other names. */
const renamed = (names: Record<string, string>) =>
  Object.entries(names).reduce(
    (sql, [from, to]) => sql.replaceAll(`oc_lettings_site_${from}`, to),
    ORIGINAL
  )

const SPLIT = {
  address: 'lettings_address',
  letting: 'lettings_letting',
  profile: 'profiles_profile',
}

/** As `dumpdata` writes the original's rows. */
function fixture({ natural = false } = {}) {
  const site = new SQLite(':memory:')
  site.exec(ORIGINAL)
  const objects = (table: string, model: string, relations: Record<string, string> = {}) =>
    (site.prepare(`select * from ${table}`).all() as Record<string, any>[]).map(
      ({ id, ...row }) => {
        for (const [column, field] of Object.entries(relations)) {
          row[field] = row[column]
          delete row[column]
        }
        if (natural && row.user)
          row.user = [
            site.prepare('select username from auth_user where id = ?').pluck().get(row.user),
          ]
        if (row.date_joined) row.date_joined = `${row.date_joined.replace(' ', 'T')}Z`
        if ('is_staff' in row) row.is_staff = row.is_staff === 1
        return { model, pk: id, fields: row }
      }
    )
  return [
    { model: 'contenttypes.contenttype', pk: 1, fields: { app_label: 'admin', model: 'logentry' } },
    { model: 'axes.accesslog', pk: 1, fields: { username: 'admin' } },
    ...objects('auth_user', 'auth.user'),
    ...objects('oc_lettings_site_address', 'lettings.address'),
    ...objects('oc_lettings_site_letting', 'lettings.letting', { address_id: 'address' }),
    ...objects('oc_lettings_site_profile', 'profiles.profile', { user_id: 'user' }),
  ]
}

test.group('django:import', (group) => {
  withOriginalRows(group)
  const folder = withFolder(group)
  const json = JSON.stringify(fixture())
  let sites = 0

  /** A Django site's database with these statements run in it. */
  function site(...statements: string[]) {
    const path = folder.path(`${++sites}.sqlite3`)
    const source = new SQLite(path)
    source.pragma('foreign_keys = off')
    for (const statement of statements) source.exec(statement)
    source.close()
    return path
  }

  test('brings over the original site: ids, names, flags, dates and passwords', async ({
    assert,
  }) => {
    const { exitCode, output } = await run('django:import', site(ORIGINAL))
    assert.match(output, /Source and target agree: sha256 [0-9a-f]{64}/)
    assert.equal(exitCode, 0)

    const { lettings, profiles } = await everything()
    assert.deepEqual(
      lettings.map(({ id }) => id),
      [1, 2, 3, 4, 5, 6]
    )
    assert.include(lettings[0], { title: 'Joshua Tree Green Haus /w Hot Tub', zip_code: '31525' })
    assert.include(profiles[0], {
      id: 1,
      username: 'HeadlinesGazer',
      favorite_city: 'Buenos Aires',
    })
    const admin = await User.findByOrFail('username', 'admin')
    assert.deepInclude(admin.$attributes, {
      id: 1,
      isStaff: true,
      isSuperuser: true,
      isActive: true,
    })
    assert.equal(admin.dateJoined.toUTC().toISO()!.slice(0, 19), '2020-06-14T09:41:15')
    assert.isTrue(await admin.verifyPassword('Abc1234!'))
  })

  test('tells whose password it cannot verify', async ({ assert }) => {
    const path = site(
      ORIGINAL,
      "update auth_user set password = 'argon2$argon2id$v=19$m=102400,t=2,p=8$x$y' where id = 2",
      "update auth_user set password = '!unusable' where id = 3"
    )
    const { output } = await run('django:import', path)
    assert.match(output, /^1 of the users have a password hash that this site cannot verify/m)
  })

  if (isMySQL) {
    test('waits for who is writing, and takes the site for what it is then', async ({ assert }) => {
      const other = await db.transaction()
      const [address] = await other.from('addresses').limit(1)
      const { id, ...row } = address
      const [added] = await other.table('addresses').insert(row)
      await other.table('lettings').insert({ title: 'New here', address_id: added })
      const importing = run('django:import', site(ORIGINAL))
      await setTimeout(500)
      await other.commit()
      const { exitCode, output } = await importing
      assert.match(output, /the database is not empty/)
      assert.equal(exitCode, 1)
      const { lettings } = await everything()
      assert.lengthOf(lettings, 7)
    })
  }

  test('leaves the words of lettings in one piece', async ({ assert }) => {
    await partWords()
    await run('django:import', site(ORIGINAL))
    assert.equal(await piecesOfWords(), 1)
  }).skip(isMySQL, 'MySQL sees to its index itself')

  test('tells what it took from where', async ({ assert }) => {
    const { tables, notes, checksum } = await runJson('django:import', site(ORIGINAL))
    assert.deepEqual(tables, [
      { table: 'users', from: 'auth_user', source: 5, added: 5, changed: 0, unchanged: 0 },
      {
        table: 'addresses',
        from: 'oc_lettings_site_address',
        source: 6,
        added: 6,
        changed: 0,
        unchanged: 0,
      },
      {
        table: 'lettings',
        from: 'oc_lettings_site_letting',
        source: 6,
        added: 6,
        changed: 0,
        unchanged: 0,
      },
      {
        table: 'profiles',
        from: 'oc_lettings_site_profile',
        source: 4,
        added: 4,
        changed: 0,
        unchanged: 0,
      },
    ])
    assert.deepEqual(notes, ['auth_user has columns that are left out: last_login'])
    assert.lengthOf(checksum, 64)
  })

  test('leaves the source untouched', async ({ assert }) => {
    const path = site(ORIGINAL)
    const digest = async () =>
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
    const before = await digest()
    await run('django:import', path)
    assert.equal(await digest(), before)
  })

  for (const [name, names] of Object.entries({
    'split by app': SPLIT,
    'in apps of other names': {
      address: 'lettings_app_address',
      letting: 'lettings_app_letting',
      profile: 'profiles_app_profile',
    },
    'with an app called letting': {
      address: 'letting_address',
      letting: 'letting_letting',
      profile: 'profile_profile',
    },
    'with a table called lettings_addres': { ...SPLIT, address: 'lettings_addres' },
  })) {
    test(`knows a site ${name}`, async ({ assert }) => {
      const { tables } = await runJson('django:import', site(renamed(names)))
      assert.deepEqual(
        tables.map(({ from, added }: any) => [from, added]),
        [
          ['auth_user', 5],
          [names.address, 6],
          [names.letting, 6],
          [names.profile, 4],
        ]
      )
    })
  }

  /** Both layouts in one database, with the same users. */
  const both = (...statements: string[]) => {
    const split = renamed(SPLIT).split(';\n')
    const tables = split.filter(
      (statement) => !/^(CREATE TABLE IF NOT EXISTS "|INSERT INTO )auth_user/.test(statement)
    )
    return site(ORIGINAL, tables.join(';\n'), ...statements)
  }

  test('takes the layout that has the rows and not the empty one', async ({ assert }) => {
    for (const empty of ['oc_lettings_site_', 'split']) {
      const names =
        empty === 'split' ? Object.values(SPLIT) : Object.keys(SPLIT).map((name) => empty + name)
      const { tables, notes } = await runJson(
        'django:import',
        both(...names.map((name) => `delete from ${name}`)),
        '--merge'
      )
      assert.equal(
        tables[2].from,
        empty === 'split' ? 'oc_lettings_site_letting' : 'lettings_letting'
      )
      assert.lengthOf(notes, 1)
    }
  })

  test('takes the fuller layout and reports the stale one, or the one that is named', async ({
    assert,
  }) => {
    const path = both(
      "update oc_lettings_site_letting set title = 'Stale'",
      'delete from oc_lettings_site_letting where id = 6'
    )
    const { tables, notes } = await runJson('django:import', path, '--dry-run')
    assert.deepEqual(
      tables.map(({ from }: any) => from),
      ['auth_user', 'lettings_address', 'lettings_letting', 'profiles_profile']
    )
    assert.include(
      notes,
      'oc_lettings_site_letting has 5 rows too, which are left out; --layout oc_lettings_site takes them'
    )
    const named = await runJson('django:import', path, '--layout', 'oc_lettings_site', '--dry-run')
    assert.deepEqual(
      named.tables.map(({ from }: any) => from),
      [
        'auth_user',
        'oc_lettings_site_address',
        'oc_lettings_site_letting',
        'oc_lettings_site_profile',
      ]
    )
    const halfway = both('drop table profiles_profile')
    const half = await runJson('django:import', halfway, '--layout', 'lettings', '--dry-run')
    assert.equal(half.tables[3].from, 'oc_lettings_site_profile')
    const { output } = await run('django:import', path, '--layout', 'shop')
    assert.match(output, /there is no layout shop: the tables belong to/)
  })

  for (const [name, encode] of Object.entries({
    'UTF-8': (text: string) => Buffer.from(text),
    'UTF-8 with a mark': (text: string) => Buffer.from(`\uFEFF${text}`),
    'UTF-16': (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
    'UTF-16 without a mark': (text: string) => Buffer.from(text, 'utf16le'),
    'UTF-16 the other way round': (text: string) =>
      Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
  })) {
    test(`reads a fixture in ${name}`, async ({ assert }) => {
      const objects = fixture()
      Object.assign(objects[7].fields, { city: 'Köln 🏡' })
      const path = await folder.write('dump.json', encode(JSON.stringify(objects)))
      const { checksum } = await runJson('django:import', path)
      assert.lengthOf(checksum, 64)
      const { lettings } = await everything()
      assert.equal(lettings[0].city, 'Köln 🏡')
    })
  }

  test('finds the same in a fixture as in the database, also by natural keys', async ({
    assert,
  }) => {
    const fromDatabase = await runJson('django:import', site(ORIGINAL), '--dry-run')
    for (const natural of [false, true]) {
      const path = await folder.write('dump.json', JSON.stringify(fixture({ natural })))
      const fromFixture = await runJson('django:import', path, '--dry-run')
      assert.equal(fromFixture.checksum, fromDatabase.checksum)
      assert.deepEqual(fromFixture.notes, fromDatabase.notes)
    }
  })

  test('takes a flag, a number and nothing for what Django takes them for', async ({ assert }) => {
    const values = json
      .replaceAll(/"is_superuser":(true|false|\d)/g, '"is_superuser":"False"')
      .replaceAll(/"is_staff":(true|false|\d)/g, '"is_staff":"True"')
      .replaceAll(/"number":(\d+)/g, '"number":"$1"')
      .replaceAll(/"favorite_city":"[^"]*"/g, '"favorite_city":null')
    await run('django:import', await folder.write('values.json', values))
    assert.lengthOf(await db.from('users').where({ is_superuser: false, is_staff: true }), 5)
    const { lettings, profiles } = await everything()
    assert.equal(lettings[0].number, 7217)
    assert.equal(profiles[0].favorite_city, '')
  })

  test('takes a point in time for what it is in UTC', async ({ assert }) => {
    const dates = json.replace(/(?<="date_joined":")[^"]*/, '2020-06-14T01:41:15.123456+02:00')
    await run('django:import', await folder.write('dates.json', dates))
    const joined = isMySQL ? db.raw('cast(date_joined as char) as joined') : 'date_joined as joined'
    const user = await db.from('users').where('id', 1).select(joined).first()
    assert.equal(user.joined, '2020-06-13 23:41:15.123456')
  })

  test('brings users of a custom model, and reports its columns', async ({ assert }) => {
    const path = site(
      renamed(SPLIT).replaceAll('auth_user', 'accounts_member'),
      'alter table accounts_member add column phone text',
      "update accounts_member set phone = '1' where id = 1",
      'alter table accounts_member drop column is_active',
      'alter table accounts_member drop column first_name'
    )
    const { tables, notes } = await runJson('django:import', path)
    assert.include(tables[0], { from: 'accounts_member', added: 5 })
    assert.deepEqual(notes, ['accounts_member has columns that are left out: last_login, phone'])
    assert.isEmpty(await db.from('users').where('is_active', false))
  })

  test('restores the zero that an integer column took off a zip code of the USA', async ({
    assert,
  }) => {
    const path = site(
      ORIGINAL,
      'update oc_lettings_site_address set zip_code = 2134 where id = 1',
      "update oc_lettings_site_address set zip_code = 123, country_iso_code = 'ISL' where id = 2"
    )
    const { notes } = await runJson('django:import', path)
    assert.include(
      notes,
      'oc_lettings_site_address 1, zip_code: 2134 became 02134, its leading zero restored'
    )
    const { lettings } = await everything()
    assert.deepEqual(
      lettings.slice(0, 2).map(({ zip_code: zip }) => zip),
      ['02134', '123']
    )
  })

  test('brings addresses without a letting, titles over lines and users with an empty password', async ({
    assert,
  }) => {
    const path = site(
      ORIGINAL,
      'delete from oc_lettings_site_letting where id = 6',
      "update oc_lettings_site_letting set title = 'Sea' || char(13, 10) || 'Hut' where id = 1",
      "update auth_user set password = '' where id = 1"
    )
    const { notes } = await runJson('django:import', path)
    assert.include(notes, '1 of the addresses have no letting; they come along')
    assert.lengthOf(await db.from('addresses'), 6)
    const { lettings } = await everything()
    assert.equal(lettings[0].title, 'Sea\r\nHut')
    const admin = await User.findOrFail(1)
    assert.isFalse(await admin.verifyPassword(''))
  })

  test('keeps password hashes of any kind as they are', async ({ assert }) => {
    const hashes = [
      'pbkdf2_sha256$1000000$salt$aGFzaA==',
      'argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA',
      '!unusable',
    ]
    await run(
      'django:import',
      site(
        ORIGINAL,
        ...hashes.map((hash, i) => `update auth_user set password = '${hash}' where id = ${i + 1}`)
      )
    )
    const users = await db.from('users').select('password').orderBy('id').limit(3)
    assert.deepEqual(
      users.map(({ password }) => password),
      hashes
    )
  })

  test('refuses what the rules refuse, and brings it over as it is with --lenient', async ({
    assert,
  }) => {
    const path = site(
      ORIGINAL,
      "update oc_lettings_site_address set country_iso_code = 'US' where id = 1",
      "update oc_lettings_site_address set number = 12345, state = 'x' where id = 2",
      "update oc_lettings_site_address set state = '' where id = 3",
      "update oc_lettings_site_address set state = '', city = '' where id = 4",
      "update auth_user set username = 'a b', email = 'nobody' where id = 1"
    )
    const before = await everything()
    const refused = await run('django:import', path)
    assert.equal(refused.exitCode, 1)
    assert.match(refused.output, /auth_user 1, username: must have 1 to 150 letters/)
    assert.match(
      refused.output,
      /oc_lettings_site_address 1, country_iso_code: must have 3 characters, not 2/
    )
    assert.match(refused.output, /oc_lettings_site_address 2, number: must be from 0 to 9999/)
    assert.deepEqual(await everything(), before)

    if (await insistsOnChecks()) {
      const { exitCode } = await run('django:import', path, '--lenient')
      assert.equal(exitCode, 1)
      return assert.deepEqual(await everything(), before)
    }
    const { ok, notes } = await runJson('django:import', path, '--lenient')
    assert.isTrue(ok)
    assert.include(
      notes,
      'oc_lettings_site_address 1, country_iso_code: must have 3 characters, not 2; brought over as it is'
    )
    const { lettings } = await everything()
    assert.include(lettings[0], { country_iso_code: 'US' })
    assert.include(lettings[1], { number: 12_345, state: 'x' })
    await assertInStep()
    const { within } = await placesOf({ country: 'USA', state: '', city: '' })
    assert.notInclude(within.map(({ state }) => state), '') // prettier-ignore
    // no filter leads to what no parameter takes
    for (const [query, name] of [[{}, 'US'], [{ country: 'USA' }, 'x']] as const) {
      const { facets } = await findLettings(searchOf('/lettings', query))
      assert.isNotEmpty(facets)
      assert.notInclude(facets.map((facet) => facet.name), name)
    } // prettier-ignore
    await db.from('lettings').whereIn('id', [lettings[2].id, lettings[3].id]).delete()
    await assertInStep()
    // the checks are on again
    await assert.rejects(() => db.from('addresses').where('id', 3).update({ state: 'x' }))
  })

  test("takes this site's own SQLite file, as who moves to MySQL does", async ({ assert }) => {
    const path = folder.path('own.sqlite3')
    const env = { DB_CONNECTION: 'sqlite', DB_URL: '', DB_FILE: path }
    for (const command of ['migration:run', 'db:seed'])
      assert.include(await startWith(env, command).ended, { exitCode: 0 })
    const own = new SQLite(path)
    own
      .prepare("update users set password = ?, date_joined = '2025-01-02 03:04:05' where id = 2")
      .run(await hashing.make('Abc1234!'))
    own.exec("update lettings set title = 'Moved' where id = 1")
    own.close()

    assert.deepInclude(await runJson('django:import', path), { notes: [] })
    const { lettings } = await everything()
    assert.equal(lettings[0].title, 'Moved')
    const user = await User.findOrFail(2)
    assert.isTrue(await user.verifyPassword('Abc1234!'))
    assert.equal(user.dateJoined.toUTC().toISO()!.slice(0, 19), '2025-01-02T03:04:05')
  })

  test('brings lettings alone, as dumpdata has them of one app', async ({ assert }) => {
    const alone = fixture().filter(({ model }) => model.startsWith('lettings.'))
    const path = await folder.write('dump.json', JSON.stringify(alone))
    const { tables } = await runJson('django:import', path)
    assert.deepEqual(
      tables.map(({ from, added }: any) => [from, added]),
      [
        ['no users', 0],
        ['lettings_address', 6],
        ['lettings_letting', 6],
        ['no profiles', 0],
      ]
    )
  })

  test('says why a database with a log is not read where nothing can be written', async ({
    assert,
  }) => {
    const path = site('pragma journal_mode = wal', ORIGINAL)
    await symlink('nowhere', `${path}-shm`)
    const { exitCode, output } = await run('django:import', path)
    assert.match(
      output,
      /cannot be read where nothing can be written beside it: copy it elsewhere first$/
    )
    assert.equal(exitCode, 1)
  })

  test('takes a fixture from a pipe, as a shell makes one of <(…)', async ({ assert }) => {
    const path = folder.path('pipe')
    execFileSync('mkfifo', [path])
    const { ended } = start('django:import', path, '--dry-run')
    await writeFile(path, JSON.stringify(fixture()))
    assert.include(await ended, { exitCode: 0 })
  })

  test('never cuts what a column cannot hold', async ({ assert }) => {
    const path = site(
      ORIGINAL,
      "update oc_lettings_site_address set country_iso_code = 'FRANCE' where id = 1"
    )
    const { exitCode, output } = await run('django:import', path, '--lenient')
    const { lettings } = await everything()
    if (isMySQL) {
      assert.equal(exitCode, 1)
      assert.match(output, /Data too long for column 'country_iso_code'/)
      assert.equal(lettings[0].country_iso_code, 'USA')
    } else {
      assert.equal(exitCode, 0)
      assert.equal(lettings[0].country_iso_code, 'FRANCE')
    }
  })

  test('says that a column cannot hold a word for a number', async ({ assert }) => {
    const word = "update oc_lettings_site_address set number = 'ten' where id = 1"
    const { exitCode, output } = await run('django:import', site(ORIGINAL, word), '--lenient')
    assert.equal(exitCode, 1)
    assert.match(output, /the database refuses a row .*mend it in the source$/)
  }).skip(!isMySQL, 'SQLite holds anything')

  test('writes nothing in a dry run', async ({ assert }) => {
    const before = await db.from('users').orderBy('id')
    const { output } = await run('django:import', site(ORIGINAL), '--dry-run')
    assert.match(output, /A dry run: nothing was written/)
    assert.deepEqual(await db.from('users').orderBy('id'), before)
  })

  test('leaves everything as it was where the database keeps another value than it was given', async ({
    assert,
    cleanup,
  }) => {
    const change = isMySQL
      ? "before insert on users for each row set new.last_name = 'Other'"
      : "after insert on users begin update users set last_name = 'Other' where id = new.id; end"
    const before = await everything()
    await db.rawQuery(`create trigger other_names ${change}`)
    cleanup(() => db.rawQuery('drop trigger other_names'))
    const { exitCode, output } = await run('django:import', site(ORIGINAL))
    assert.match(output, /the database does not give back what it was given: users .*Other/)
    assert.equal(exitCode, 1)
    assert.deepEqual(await everything(), before)
  })

  test('does not write the problems over its source', async ({ assert }) => {
    const path = await folder.write('dump.json', json)
    const { exitCode, output } = await run('django:import', path, '--errors', path)
    assert.match(output, /--errors would overwrite .*dump.json/)
    assert.equal(exitCode, 2)
    assert.equal(await readFile(path, 'utf8'), json)
  })

  test('wants an empty database, or one as a new site has it', async ({ assert }) => {
    await emptyTables()
    assert.include(await runJson('django:import', site(ORIGINAL)), { ok: true })
    const { exitCode, output } = await run('django:import', site(ORIGINAL))
    assert.equal(exitCode, 1)
    assert.match(output, /the database is not empty: it has 5 users; --merge adds to them/)
  })

  test('merges, again and again, with what is there', async ({ assert }) => {
    const taken = {
      number: 7,
      street: 'Mole Road',
      city: 'Brunswick',
      state: 'GA',
      zip_code: '31525',
      country_iso_code: 'USA',
    }
    await db.table('addresses').multiInsert([9, 10, 11].map((id) => ({ ...taken, id })))
    await db.table('lettings').multiInsert([
      { id: 20, title: 'Ours', address_id: 9 },
      { id: 21, title: 'Ours too', address_id: 11 },
    ])
    const path = site(
      ORIGINAL,
      "insert into oc_lettings_site_address values (9, 7, 'Mole Road', 'Brunswick', 'GA', 31525, 'USA')",
      "insert into oc_lettings_site_address values (10, 8, 'Nobody Lane', 'Brunswick', 'GA', 31525, 'USA')",
      "insert into oc_lettings_site_address values (12, 9, 'Nobody Lane', 'Brunswick', 'GA', 31525, 'USA')",
      "insert into oc_lettings_site_letting values (7, 'Theirs', 9)",
      "update oc_lettings_site_letting set title = 'Renamed' where id = 1",
      "update oc_lettings_site_address set street = 'Moved Street' where id = 2"
    )
    const first = await runJson('django:import', path, '--merge')
    assert.include(first.tables[2], { added: 1, changed: 1, unchanged: 5 })
    const second = await runJson('django:import', path, '--merge')
    assert.include(second.tables[1], { added: 0, changed: 0, unchanged: 9 })
    assert.include(second.tables[2], { added: 0, changed: 0, unchanged: 7 })
    const { lettings } = await everything()
    assert.deepEqual(
      lettings
        .map(({ id, title, street }) => `${id} ${title} ${street}`)
        .filter((_, i) => [0, 1, 6, 7].includes(i)),
      [
        '1 Renamed Bedford Street',
        '2 Oceanview Retreat Moved Street',
        '7 Theirs Mole Road',
        '20 Ours Mole Road',
      ]
    )
  })

  test('refuses to merge different things under one id', async ({ assert }) => {
    await db.from('lettings').where('id', 1).update({ title: 'Ours' })
    await db.from('addresses').where('id', 1).update({ city: 'Ours' })
    await db.from('users').where('id', 2).update({ username: 'ours' })
    const [ours] = await db
      .table('users')
      .insert({ username: 'also ours', password: '!', date_joined: '2020-06-14' })
    await db.from('profiles').where('id', 1).update({ user_id: ours })
    const before = await everything()
    const { exitCode, output } = await run('django:import', site(ORIGINAL), '--merge')
    assert.equal(exitCode, 1)
    assert.match(output, /lettings 1: is another one here: "Ours"/)
    assert.match(output, /users 2: belongs to another here: username "ours"/)
    assert.match(output, /profiles 1: belongs to another here: user_id/)
    assert.deepEqual(await everything(), before)
  })

  test('refuses a username that has another id here', async ({ assert }) => {
    await db
      .table('users')
      .insert({ id: 77, username: 'admin', password: '!', date_joined: '2020-06-14 09:41:15' })
    const { output } = await run('django:import', site(ORIGINAL), '--merge')
    assert.match(output, /users 1: username "admin" has the id 77 here/)
  })

  // prettier-ignore
  const cases: [string, () => string | Promise<string>, RegExp][] = [
    ['a file that is not there', () => folder.path('not-there'), /there is no such file/],
    ['an empty file', () => folder.write('x', ''), /x is empty/],
    ['a file of another kind', () => folder.write('x', 'Hello'), /is neither a SQLite database nor a JSON fixture/],
    ['a picture', () => folder.write('x', Buffer.from('89504e470d0a1a0a', 'hex')), /is neither a SQLite database/],
    ['another database', () => site('create table t (id integer)'), /this is not the Django site/],
    ['an empty database', () => site('vacuum'), /this is not the Django site/],
    ['a fixture that is an object', () => folder.write('x', '{"model":"a.b"}'), /must hold one array of objects/],
    ['a fixture of something else', () => folder.write('x', '[{"a":1}]'), /object 1 has no model or no fields/],
    ['a fixture of other models', () => folder.write('x', '[{"model":"a.b","pk":1,"fields":{}}]'), /not the Django site/],
    ['a truncated fixture', () => folder.write('x', json.slice(0, -100)), /is neither/],
    ['a fixture without ids', () => folder.write('x', json.replaceAll('"pk"', '"pc"')), /auth_user \(row 1\), id: must be a whole/],
    ['a fixture with a row twice', () => folder.write('x', `${json.slice(0, -1)},${json.slice(1)}`), /auth_user 1, id: 1 is there twice[^]*address 1, id: 1 is[^]*letting 1, id: 1 is[^]*letting 1, address_id: 1 is/],
    ['an id that is too large', () => site(ORIGINAL, 'update auth_user set id = 2147483648 where id = 1'), /auth_user 2147483648, id: must be a whole number from 1 to/],
    ['a letting without its address', () => site(ORIGINAL, 'delete from oc_lettings_site_address where id = 3'), /oc_lettings_site_letting 3, address_id: there is no row 3/],
    ['a profile without its user', () => site(ORIGINAL, 'delete from auth_user where id = 3'), /oc_lettings_site_profile 3, user_id: there is no row 3/],
    ['a number that is a word', () => site(ORIGINAL, "update oc_lettings_site_address set number = 'ten' where id = 1"), /address 1, number: must be a whole number/],
    ['bytes in a text', () => site(ORIGINAL, "update oc_lettings_site_letting set title = x'00ff' where id = 1"), /letting 1, title: is neither text nor a number/],
    ['text that is not UTF-8', () => site(ORIGINAL, "update oc_lettings_site_letting set title = cast(x'4bf66c6e' as text) where id = 1"), /letting 1, title: holds bytes that are not UTF-8/],
    ['a flag that is none', () => folder.write('x', json.replace(/"is_active":(true|\d)/, '"is_active":"no"')), /auth_user 1, is_active: is not understood; it is "no"[^]*: 1 problem, nothing was imported; --lenient/],
    ['a date that is none', () => site(ORIGINAL, "update auth_user set date_joined = 'yesterday' where id = 1"), /auth_user 1, date_joined: is not understood; it is "yesterday"/],
    ['a text that is null', () => folder.write('x', json.replace('"title":"Joshua Tree Green Haus /w Hot Tub"', '"title":null')), /(?<!missing\n)lettings_letting 1, title: is missing\n\[/],
    ['a profile of a user by a name that nobody has', () => folder.write('x', JSON.stringify(fixture({ natural: true })).replace('["AirWow"]', '["Nobody"]')), /profile 3, user_id: is not understood; it is \["Nobody"\]/],
  ]
  for (const [name, source, complaint] of cases) {
    test(`refuses, whole, ${name}`, async ({ assert }) => {
      const before = await everything()
      const { exitCode, output } = await run('django:import', await source())
      assert.match(output, complaint)
      assert.equal(exitCode, 1)
      assert.deepEqual(await everything(), before)
    })
  }

  test('refuses a truncated database', async ({ assert }) => {
    const whole = await readFile(
      site(ORIGINAL, `create table padding as select randomblob(50000) as bytes`)
    )
    for (const length of [100, 4096, 20_000, whole.length - 4096]) {
      const { exitCode, output } = await run(
        'django:import',
        await folder.write('cut', whole.subarray(0, length))
      )
      assert.equal(exitCode, 1, `${length} bytes`)
      assert.match(output, /is damaged/)
    }
  })

  test('refuses a database that somebody is writing to', async ({ assert }) => {
    const path = site(ORIGINAL)
    const other = new SQLite(path)
    other.exec('begin exclusive')
    const { exitCode, output } = await run('django:import', path)
    other.close()
    assert.equal(exitCode, 1)
    assert.match(output, /is locked by another program/)
  })
})
