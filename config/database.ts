import app from '@adonisjs/core/services/app'
import { defineConfig } from '@adonisjs/lucid'
import type { Database, Statement } from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import env from '#start/env'

const migrations = { naturalSort: true, paths: ['database/migrations'] }
const ca = env.get('DB_TLS_CA')

/** SQLite's file: next to the process, so that a new build does not touch the data. */
export const sqliteFile = env.get(
  'DB_FILE',
  app.inTest ? 'tmp/test.sqlite3' : 'data/oc-lettings.sqlite3'
)

/** Bytes that have to be free where SQLite's file is. */
export const minFree = env.get('DB_MIN_FREE_MB', 50) * 1_000_000

/**
 * Milliseconds to wait for SQLite's lock or MySQL's metadata lock. Waiting blocks the process on SQLite, and on MySQL those who come
 * behind; so the server, which only reads and needs no lock while somebody writes, gives up soon; a command has time.
 */
const busyTimeout = app.getEnvironment() === 'web' ? 250 : 10_000

/**
 * Milliseconds that the server waits for an answer. A connection to a database that went without a word stays open for hours, and
 * with it would its place in the pool.
 */
export const queryTimeout = 10_000

/** Milliseconds that a query waits for one of the connections to MySQL. */
export const acquireTimeout = 5_000
const poolMax = env.get('DB_POOL_MAX', 10)

/** Searches through all lettings that MySQL is asked for at once. */
export const slowAtOnce = Math.ceil(poolMax / 4)

/** Only the server reads from replicas: a command would miss there what it has just written. */
const replicas = (app.getEnvironment() === 'web' && env.get('DB_REPLICA_URLS')) || []

/** What the database keeps by itself behind lists and searches: no model reads it, and nobody drops the parts of an index. */
const wordIndex = ['data', 'idx', 'docsize', 'config'].map((part) => `listing_words_${part}`)
const derived = ['listings', 'places', 'listing_words', ...wordIndex]

/** Lets a connection prepare a statement once: the query builder asks for it with each query. */
function keepStatements(connection: Database) {
  const prepare = connection.prepare.bind(connection)
  const kept = new LRUCache<string, Statement>({ max: 100, memoMethod: (sql) => prepare(sql) })
  connection.prepare = (sql: string): any => {
    const statement = kept.memo(sql)
    return statement.busy ? prepare(sql) : statement
  }
}

/** knex' own, which Lucid's types do not know: what a query was given stays out of the message of its error. */
const withoutValues = { compileSqlOnError: false }

export default defineConfig({
  connection: env.get('DB_CONNECTION') ?? (env.get('DB_URL') ? 'mysql' : 'sqlite'),
  connections: {
    sqlite: {
      ...withoutValues,
      client: 'better-sqlite3',
      connection: { filename: sqliteFile },
      useNullAsDefault: true,
      migrations,
      schemaGeneration: {
        enabled: app.inDev,
        rulesPaths: ['./database/schema_rules.js'],
        excludeTables: derived,
      },
      wipe: { ignoreTables: wordIndex },
      pool: {
        afterCreate(connection, done) {
          connection.pragma(`busy_timeout = ${busyTimeout}`)
          connection.pragma('journal_mode = WAL')
          connection.pragma('synchronous = NORMAL')
          connection.pragma('foreign_keys = ON')
          connection.pragma('cache_size = -64000') // KB at most: the indexes of a million lettings
          keepStatements(connection)
          done()
        },
      },
    },
    mysql: {
      ...withoutValues,
      client: 'mysql2',
      connection: {
        ...(env.get('DB_URL') ?? {
          host: env.get('DB_HOST'),
          port: env.get('DB_PORT', 3306),
          user: env.get('DB_USER'),
          password: env.get('DB_PASSWORD'),
          database: env.get('DB_DATABASE'),
        }),
        charset: 'utf8mb4',
        timezone: 'Z',
        ...{ connectTimeout: 5_000 }, // mysql2 knows it, Lucid's types do not
        // the system's authorities sign for anybody, so that the name has to be right too; one of one's own does not, and what MySQL
        // has signed by itself names no host
        ...(env.get('DB_TLS') && { ssl: ca ? { ca } : { verifyIdentity: true } }),
      },
      ...(replicas.length && {
        replicas: { read: { connection: replicas }, write: { connection: {} } },
      }),
      migrations,
      schemaGeneration: { enabled: false },
      pool: {
        min: 0,
        max: poolMax,
        acquireTimeoutMillis: acquireTimeout,
        afterCreate(connection, done) {
          // what is exported or backed up has to be of one moment, whatever the server's own level is
          connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ')
          // to intersect two indexes the server reads all lettings of a place, where the narrower one gives the newest at once
          connection.query("SET optimizer_switch = 'index_merge_intersection=off'")
          // without strict mode MySQL cuts what is too long instead of refusing it; without backslashes a quote ends the driver's
          // values; and without autocommit a connection sees for ever what was there at its first query
          connection.query(
            `SET time_zone = '+00:00', autocommit = 1, lock_wait_timeout = ${Math.ceil(busyTimeout / 1_000)}, sql_mode = CONCAT(REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', ''), ',STRICT_ALL_TABLES')`
          )
          // a user whose password has expired may set all that, and nothing else
          connection.query('DO 1', (error: Error | null) => {
            // the pool forgets it, and would leave it open
            if (error) connection.destroy()
            done(error, connection)
          })
        },
      },
    },
  },
})
