import { mkdirSync, readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import app from '@adonisjs/core/services/app'
import logger from '@adonisjs/core/services/logger'
import { MigrationRunner } from '@adonisjs/lucid/migration'
import db from '@adonisjs/lucid/services/db'
import type { QueryClientContract } from '@adonisjs/lucid/types/database'
import SQLite from 'better-sqlite3'
import { queryTimeout, sqliteFile } from '#config/database'
import OriginalSeeder from '#database/seeders/original_seeder'
import { inTransaction, isMySQL, takeWriteLock } from '#services/transaction'

/** Milliseconds that one copy waits for another to finish migrating. */
const LOCK_TIMEOUT = 120_000

/**
 * Migrates and, if there is no row yet, seeds. Copies that start together do it one after the other, so the later ones find
 * nothing left to do. Throws what the database or a migration throws.
 */
export const prepareDatabase = () => alone(migrateAndSeed)

/** Migrates, as one of those. */
export const migrateDatabase = () => alone(migrate)

/** Does what only one process at a time may do, the others waiting. */
export const alone = (work: (connectionName: string) => Promise<unknown>) =>
  (isMySQL(db.connection()) ? withMySQLLock : withSQLiteLock)(() => work(primary()))

async function migrate(connectionName: string) {
  const options = { direction: 'up', disableLocks: true, connectionName } as const
  const migrator = new MigrationRunner(db, app, options)
  await migrator.run()
  if (migrator.error) throw migrator.error
  return Object.values(migrator.migratedFiles)
}

async function migrateAndSeed(connectionName: string) {
  for (const { file } of await migrate(connectionName))
    logger.info({ migration: file.name }, 'migrated')

  const connection = db.connection(connectionName)
  if (await hasRows(connection)) return
  await inTransaction(connection, async (trx) => {
    // a command may be filling it
    await takeWriteLock(trx)
    if (await hasRows(trx)) return
    await new OriginalSeeder(trx).run()
    logger.info('seeded the empty database')
  })
}

async function hasRows(client: QueryClientContract) {
  for (const table of ['lettings', 'users']) if (await client.from(table).first()) return true
  return false
}

/** A connection that reads where it writes: a replica may not have yet what another copy has just migrated. */
function primary() {
  const name = db.primaryConnectionName
  const { config } = db.manager.get(name)!
  if (!('replicas' in config)) return name
  db.manager.add('primary', { ...config, replicas: undefined })
  return 'primary'
}

/** SQLite's own lock on a file beside the database: gone with its process, however that ends. */
async function withSQLiteLock(work: () => Promise<unknown>) {
  mkdirSync(dirname(sqliteFile), { recursive: true })
  const lock = new SQLite(`${sqliteFile}.lock`, { timeout: 0 })
  const deadline = performance.now() + LOCK_TIMEOUT
  try {
    // SQLite's own wait would hold up the whole process, which then hears no signal to stop
    while (!isTaken(lock, performance.now() > deadline)) await sleep(50)
    await work()
  } finally {
    lock.close()
  }
}

function isTaken(lock: SQLite.Database, isLastTry: boolean) {
  try {
    return lock.exec('BEGIN EXCLUSIVE').inTransaction
  } catch (error: any) {
    if (error.code !== 'SQLITE_BUSY' || isLastTry) throw error
  }
}

/** A named lock on one connection, which MySQL releases when that connection ends. */
async function withMySQLLock(work: () => Promise<unknown>) {
  await db.transaction(async (trx) => {
    // MySQL takes 64 characters, and from 9.6 on knows neither md5() nor sha1()
    const name = "sha2(concat(database(), '.migrations'), 256)"
    const [[{ locked }]] = await trx.rawQuery(
      `select get_lock(${name}, ${LOCK_TIMEOUT / 1000}) as locked`
    )
    if (locked !== 1) throw new Error(`another copy has been migrating for ${LOCK_TIMEOUT} ms`)
    try {
      await work()
    } finally {
      await trx.rawQuery(`select release_lock(${name})`)
    }
  })
}

/** Names of this release's migrations that the database has not seen. Newer ones that it has seen do not matter. */
export async function pendingMigrations() {
  const rows = await db.from('adonis_schema').select('name').timeout(queryTimeout)
  const done = new Set(rows.map(({ name }) => name))
  return knownMigrations().filter((name) => !done.has(name))
}

/** Names of all migrations of this release. */
export function knownMigrations() {
  const folder = 'database/migrations'
  const files = readdirSync(app.makePath(folder)).filter((file) => /\.[jt]s$/.test(file))
  return files.map((file) => `${folder}/${basename(file).slice(0, -3)}`)
}

const UNAVAILABLE = new RegExp(
  [
    '^E(CONN|TIMEDOUT|NOTFOUND|AI_AGAIN|PIPE|HOST|NETUNREACH|MFILE|NFILE)',
    '^PROTOCOL_',
    '^(CERT|DEPTH_ZERO|HANDSHAKE|SELF_SIGNED|UNABLE_TO)_',
    '^SQLITE_(BUSY|CANTOPEN|IOERR|LOCKED|NOTADB|CORRUPT|FULL|READONLY)',
    '^ER_(SERVER_|CON_COUNT|TOO_MANY|ACCESS_DENIED|DBACCESS_DENIED|BAD_DB|NO_SUCH_TABLE|LOCK_WAIT|CONNECTION_KILLED|MUST_CHANGE_PASSWORD|OPTION_PREVENTS|USER_LIMIT|HOST_)',
  ].join('|')
)

/** Whether an error means that the database is down, out of reach, also for want of a file descriptor, or not migrated yet, not that a query is wrong. */
export function isDatabaseUnavailable(error: any): boolean {
  return (
    UNAVAILABLE.test(error?.code ?? '') ||
    error?.name === 'KnexTimeoutError' ||
    // knex says the last of a transaction that could not begin
    /no such table|[Aa]ccount is locked|Query execution was interrupted|Cannot open database|Unable to acquire a connection|Connection lost|connection is in closed state|Transaction query already complete/.test(
      error?.message ?? ''
    )
  )
}
