import { readFile, rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import app from '@adonisjs/core/services/app'
import testUtils from '@adonisjs/core/services/test_utils'
import db from '@adonisjs/lucid/services/db'
import { test } from '@japa/runner'
import { createConnection } from 'mysql2'
import config from '#config/database'
import OriginalSeeder from '#database/seeders/original_seeder'
import { knownMigrations, migrateDatabase, prepareDatabase } from '#services/database'
import { run } from '#tests/console/helpers'
import { assertInStep } from '#tests/helpers/listings'

type Row = Record<string, unknown>

const address = {
  number: 1,
  street: 's',
  city: 'c',
  state: 'NV',
  zip_code: '01234',
  country_iso_code: 'USA',
}
const user = { username: 'new', password: '!', date_joined: '2020-06-14 09:44:05' }
const unique = { ...user, username: 'AirWow' }

/** Whether the database itself, with no model in between, takes a row. */
async function takes(table: string, row: Row) {
  try {
    // a savepoint, so that a refusal does not end the transaction around the test
    await db.transaction((trx) => trx.table(table).insert(row))
    return true
  } catch {
    return false
  }
}

test.group('Constraints', (group) => {
  const FREE = 1_000
  group.each.setup(() => testUtils.db().withGlobalTransaction())
  group.each.setup(async () => {
    await db.table('addresses').insert({ ...address, id: FREE })
    await db.table('users').insert({ ...user, username: 'free', id: FREE })
  })

  test('the database takes what the rules allow, to the last letter')
    .with<{ table: string; row: Row }[]>([
      { table: 'addresses', row: { ...address, number: 0 } },
      { table: 'addresses', row: { ...address, number: 9999 } },
      {
        table: 'addresses',
        row: { ...address, street: 'é'.repeat(64), city: '東'.repeat(64), zip_code: '1234567890' },
      },
      {
        table: 'users',
        row: { ...user, username: 'ü'.repeat(150), email: `${'x'.repeat(242)}@example.com` },
      },
      { table: 'users', row: { ...user, username: 'airwow' } },
      {
        table: 'users',
        row: { ...user, first_name: 'é'.repeat(150), last_name: 'é'.repeat(150) },
      },
      { table: 'lettings', row: { title: '東'.repeat(256), address_id: FREE } },
      { table: 'profiles', row: { user_id: FREE, favorite_city: 'é'.repeat(64) } },
    ])
    .run(async ({ assert }, { table, row }) => assert.isTrue(await takes(table, row)))

  test('the database refuses {0} {1} by itself')
    .with<{ 0: string; 1: string; row: Row }[]>(
      [
        ['addresses', 'a negative number', { ...address, number: -1 }],
        ['addresses', 'a number over 9999', { ...address, number: 10_000 }],
        ['addresses', 'a number that is none', { ...address, number: 'one' }],
        // which MySQL rounds
        ...(process.env.DB_CONNECTION === 'mysql' ? [] : [['addresses', 'a number with a fraction', { ...address, number: 1.5 }]]), // prettier-ignore
        ['addresses', 'a street of 65', { ...address, street: 'x'.repeat(65) }],
        ['addresses', 'no street', { ...address, street: '' }],
        ['addresses', 'no city', { ...address, city: '' }],
        ['addresses', 'a city of 65', { ...address, city: 'x'.repeat(65) }],
        ['addresses', 'a state of one letter', { ...address, state: 'N' }],
        ['addresses', 'a state of three letters', { ...address, state: 'NEV' }],
        ['addresses', 'no zip code', { ...address, zip_code: '' }],
        ['addresses', 'a zip code of 11', { ...address, zip_code: '12345678901' }],
        ['addresses', 'a country of two letters', { ...address, country_iso_code: 'US' }],
        ['addresses', 'a country of four letters', { ...address, country_iso_code: 'USAX' }],
        ['addresses', 'a missing city', { ...address, city: null }],
        ['lettings', 'no title', { title: '', address_id: FREE }],
        ['lettings', 'a title of 257', { title: 'x'.repeat(257), address_id: FREE }],
        ['lettings', 'a second letting at an address', { title: 'x', address_id: 1 }],
        ['lettings', 'an address that is not there', { title: 'x', address_id: 999 }],
        ['users', 'a username twice', unique],
        ['users', 'no username', { ...user, username: '' }],
        ['users', 'a username of 151', { ...user, username: 'x'.repeat(151) }],
        ['users', 'a first name of 151', { ...user, first_name: 'x'.repeat(151) }],
        ['users', 'a last name of 151', { ...user, last_name: 'x'.repeat(151) }],
        ['users', 'an e-mail of 255', { ...user, email: 'x'.repeat(255) }],
        ['profiles', 'a second profile of a user', { user_id: 2, favorite_city: '' }],
        ['profiles', 'a user that is not there', { user_id: 999, favorite_city: '' }],
        ['profiles', 'a favorite city of 65', { user_id: FREE, favorite_city: 'x'.repeat(65) }],
      ].map(([table, what, row]) => ({ 0: table as string, 1: what as string, row: row as Row }))
    )
    .run(async ({ assert }, { 0: table, row }) => assert.isFalse(await takes(table, row)))
})

if (process.env.DB_CONNECTION === 'mysql') {
  test('a connection keeps values within their quotes and sees what is committed, however the server is set up', async ({
    assert,
    cleanup,
  }) => {
    const connection = createConnection(process.env.DB_URL!)
    cleanup(() => connection.destroy())
    const ask = promisify(connection.query.bind(connection)) as (
      ...query: unknown[]
    ) => Promise<any>
    await ask("set autocommit = 0, sql_mode = 'NO_BACKSLASH_ESCAPES'")
    await promisify(config.connections.mysql.pool!.afterCreate!)(connection)
    const [row] = await ask('select ? as text, @@autocommit as commits', ["it's"])
    assert.deepEqual({ ...row }, { text: "it's", commits: 1 })
  })

  test('no connection reads all lettings of a place to intersect indexes', async ({ assert }) => {
    const [[{ switches }]] = await db.rawQuery('select @@optimizer_switch as switches')
    assert.include(switches.split(','), 'index_merge_intersection=off')
  })

  test('no index holds counts: to take many lettings back would last minutes', async ({
    assert,
  }) => {
    const [rows] = await db.rawQuery('show index from places')
    const columns = rows.map(({ Column_name: column }: Row) => column)
    assert.sameMembers(columns, ['level', 'country', 'state', 'city'])
  })
} else {
  test('the models’ columns are those that the migrations make', async ({ assert, cleanup }) => {
    const { schemaGeneration } = db.manager.get('sqlite')!.config
    const before = { ...schemaGeneration }
    const outputPath = app.tmpPath(`schema-${process.pid}.ts`)
    Object.assign(schemaGeneration!, { enabled: true, outputPath })
    cleanup(async () => {
      Object.assign(schemaGeneration!, { outputPath: undefined }, before)
      await rm(outputPath, { force: true })
    })
    await run('schema:generate')
    const texts = [outputPath, app.makePath('database/schema.ts')].map((file) => readFile(file, 'utf8')) // prettier-ignore
    const [made, kept] = await Promise.all(texts)
    assert.equal(made, kept)
  })
}

test.group('Migrations', () => {
  test('drop no table that has rows, whatever is known of those that are done', async ({
    assert,
    cleanup,
  }) => {
    const [first] = await db.from('adonis_schema').orderBy('id').limit(1)
    await db.from('adonis_schema').where('id', first.id).delete()
    cleanup(async () => void (await db.table('adonis_schema').insert({ ...first })))
    await assert.rejects(() => migrateDatabase(), /already exists/)
    for (const table of ['addresses', 'lettings', 'users', 'profiles'])
      assert.isNotEmpty(await db.from(table))
  })

  test('list the rows of a site that had no lists yet', async () => {
    await run('migration:rollback', '--step', String(knownMigrations().length - 1))
    await migrateDatabase()
    await assertInStep()
  })
})

test.group('Seed', (group) => {
  group.each.setup(() => testUtils.db().withGlobalTransaction())

  const seed = () => new OriginalSeeder(db.connection()).run()
  const rows = (table: string) => db.from(table).orderBy('id').select('*')
  const profiles = () => db.from('profiles').join('users', 'users.id', 'user_id').orderBy('profiles.id') // prettier-ignore

  test('the original site is there with its ids', async ({ assert }) => {
    const lettings = await rows('lettings')
    assert.deepEqual(
      lettings.map(({ id, title }) => [id, title]),
      [
        [1, 'Joshua Tree Green Haus /w Hot Tub'],
        [2, 'Oceanview Retreat'],
        [3, "'Silo Studio' Cottage"],
        [4, 'Pirates of the Caribbean Getaway'],
        [5, 'The Mushroom Dome Retreat & LAND of Paradise Suite'],
        [6, 'Underground Hygge'],
      ]
    )
    const found = await profiles()
    assert.deepEqual(
      found.map((row) => [row.user_id, row.username, row.favorite_city]),
      [
        [5, 'HeadlinesGazer', 'Buenos Aires'],
        [4, 'DavWin', 'Barcelona'],
        [3, 'AirWow', 'Budapest'],
        [2, '4meRomance', 'Berlin'],
      ]
    )
  })

  test('again, it changes nothing', async ({ assert }) => {
    const tables = ['addresses', 'lettings', 'users', 'profiles']
    const before = await Promise.all(tables.map(rows))
    await seed()
    assert.deepEqual(await Promise.all(tables.map(rows)), before)
  })

  test('a site without {$self} is no empty one')
    .with(['users', 'addresses'])
    .run(async ({ assert }, table) => {
      await db.from(table).delete()
      await prepareDatabase()
      assert.isEmpty(await db.from(table))
    })

  test('it adds what is missing and keeps what an admin has changed', async ({ assert }) => {
    await db.from('lettings').where({ id: 1 }).update({ title: 'Renamed' })
    await db.from('lettings').where({ id: 2 }).delete()
    await db.from('profiles').where({ id: 3 }).delete()
    await db.from('users').where({ username: 'AirWow' }).delete()
    await db.from('users').where({ id: 5 }).update({ username: 'renamed' })
    // whose user stays without one
    await db.from('profiles').where({ id: 4 }).delete()
    await seed()
    const lettings = await rows('lettings')
    assert.deepEqual(
      lettings.slice(0, 2).map(({ id, title }) => [id, title]),
      [
        [1, 'Renamed'],
        [2, 'Oceanview Retreat'],
      ]
    )
    const profile = await profiles().where('profiles.id', 3).first()
    assert.equal(profile.username, 'AirWow')
    assert.isNull(await profiles().where('profiles.id', 4).first())
    assert.isNull(await db.from('users').where('username', 'HeadlinesGazer').first())
  })

  test('a row of an admin that has taken an id is left alone', async ({ assert }) => {
    await db.from('lettings').where({ id: 1 }).delete()
    await db.from('addresses').where({ id: 1 }).update({ street: 'Taken Street' })
    await db.from('profiles').where({ id: 1 }).delete()
    await db.from('users').where({ id: 5 }).update({ username: 'somebody' })
    await seed()
    const letting = await db.from('lettings').where('id', 1).first()
    assert.notEqual(letting.address_id, 1)
    const address1 = await db.from('addresses').where({ id: 1 }).first()
    assert.equal(address1.street, 'Taken Street')
    const profile = await profiles().where('profiles.id', 1).first()
    assert.equal(profile.username, 'HeadlinesGazer')
  })
})
