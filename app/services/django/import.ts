import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import type { TransactionClientContract } from '@adonisjs/lucid/types/database'
import { Refusal } from '#services/command_errors'
import { COLUMNS } from '#services/django/layout'
import type { Row, Rows } from '#services/django/rows'
import type { Problems } from '#services/import/problems'
import { mergeWords } from '#services/lists/sqlite'
import {
  inTransaction,
  isMySQL,
  numberOf,
  takeWriteLock,
  withoutChecks,
} from '#services/transaction'

type Table = keyof typeof COLUMNS
const TABLES = Object.keys(COLUMNS) as Table[]

/** Rows that one statement takes. */
const BATCH = 100

/** What became of the rows of a table. */
type Fate = { source: number; added: number; changed: number; unchanged: number }

type Options = {
  merge: boolean
  lenient: boolean
  dryRun: boolean
  problems: Problems
  progress: (rows: number) => void
}

/**
 * Brings a Django site's rows in under their ids, in one transaction that ends only if the database gives back what the source
 * holds. Returns what became of them and the checksum that both agree on.
 */
export async function importRowsOfDjango(rows: Rows, options: Options) {
  return inTransaction(db, async (trx) => {
    await makeWay(trx, options.merge)
    const fates = {} as Record<Table, Fate>
    const target = options.merge ? await remap(trx, rows, options.problems) : rows
    const bringAll = async () => {
      for (const table of TABLES) fates[table] = await bring(trx, table, target[table], options)
    }
    await (options.lenient ? withoutChecks(trx, bringAll) : bringAll())
    await mergeWords(trx, fates.lettings.added + fates.lettings.changed)
    const checksum = options.problems.count ? '' : await compare(trx, target)
    if (options.problems.count || options.dryRun) await trx.rollback()
    return { fates, checksum }
  }).catch((error) => {
    throw understand(error, options.lenient)
  })
}

/** The rows that a new site is seeded with go; any others stay in the way, unless they are to be merged with. */
async function makeWay(trx: TransactionClientContract, merge: boolean) {
  await takeWriteLock(trx, 'lettings', 'addresses', 'profiles', 'users')
  const original = JSON.parse(
    await readFile(app.makePath('database/data/original.json'), 'utf8')
  ) as Rows
  let seeded = true
  for (const table of TABLES) {
    const columns = Object.keys(original[table][0])
    const there = await trx
      .from(table)
      .select(columns)
      .orderBy('id')
      .limit(original[table].length + 1)
    const texts = (all: Row[]) =>
      JSON.stringify(
        all.map((row) => columns.filter((c) => c !== 'date_joined').map((c) => row[c]))
      )
    seeded &&= texts(there) === texts(original[table])
  }
  if (seeded) {
    await trx.from('users').delete()
    await trx.from('addresses').delete()
  } else if (!merge) {
    for (const table of TABLES) {
      const count = await numberOf(trx, `select count(*) from ${table}`)
      if (count)
        throw new Refusal(
          `the database is not empty: it has ${count} ${table}; --merge adds to them`
        )
    }
  }
}

/** Adds the rows whose ids are free, and gives those that are there already the source's values. */
async function bring(
  trx: TransactionClientContract,
  table: Table,
  rows: Row[],
  { merge, problems, progress }: Options
) {
  const fate: Fate = { source: rows.length, added: 0, changed: 0, unchanged: 0 }
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH)
    const there = merge ? await read(trx, table, batch) : new Map<number, Row>()
    const added = batch.filter(({ id }) => !there.has(Number(id)))
    for (const row of batch) {
      const old = there.get(Number(row.id))
      if (merge) await complainOfTaken(trx, table, row, old, problems)
      if (!old) continue
      if (canonical(table, old) === canonical(table, row)) fate.unchanged++
      else {
        fate.changed++
        if (!problems.count) await trx.from(table).where('id', row.id).update(row)
      }
    }
    fate.added += added.length
    if (added.length && !problems.count) await trx.table(table).multiInsert(added)
    progress(start + batch.length)
  }
  return fate
}

/** What an id or a name belongs to already must be the same thing. */
async function complainOfTaken(
  trx: TransactionClientContract,
  table: Table,
  row: Row,
  old: Row | undefined,
  problems: Problems
) {
  const key = { users: 'username', profiles: 'user_id' }[table as string]
  if (!key) return
  if (old && old[key] !== row[key]) {
    problems.add(
      `belongs to another here: ${key} ${JSON.stringify(old[key])}`,
      undefined,
      `${table} ${row.id}`
    )
  } else if (!old) {
    const other = await trx.from(table).where(key, row[key]).first()
    if (other) {
      problems.add(
        `${key} ${JSON.stringify(row[key])} has the id ${other.id} here`,
        undefined,
        `${table} ${row.id}`
      )
    }
  }
}

/**
 * The rows with other ids for the addresses, which are seen nowhere, where theirs are taken. A letting that is there under
 * the same id must have the same title or the same address.
 */
async function remap(trx: TransactionClientContract, rows: Rows, problems: Problems) {
  const fields = (row: Row) =>
    JSON.stringify(COLUMNS.addresses.slice(1).map((column) => row[column]))
  const lettingOf = new Map(rows.lettings.map((row) => [row.address_id, row]))
  const highest = await numberOf(trx, 'select coalesce(max(id), 0) from addresses')
  let next = rows.addresses.reduce((max, { id }) => Math.max(max, Number(id)), highest)
  const ids = new Map<number | string, number>()

  for (const address of rows.addresses) ids.set(address.id, await idOf(address))
  return {
    ...rows,
    addresses: rows.addresses.map((row) => ({ ...row, id: ids.get(row.id)! })),
    lettings: rows.lettings.map((row) => ({ ...row, address_id: ids.get(row.address_id)! })),
  }

  async function idOf(address: Row): Promise<number> {
    const letting = lettingOf.get(address.id)
    const old = letting && (await trx.from('lettings').where('id', letting.id).first())
    if (old) {
      const where = await trx.from('addresses').where('id', old.address_id).first()
      if (old.title !== letting.title && fields(where) !== fields(address)) {
        const why = `is another one here: ${JSON.stringify(old.title)}`
        problems.add(why, undefined, `lettings ${letting.id}`)
      }
      return old.address_id
    }
    const taken = await trx.from('addresses').where('id', address.id).first()
    if (!taken) return Number(address.id)
    if (letting) return ++next
    // one that no letting has is known again by what it says
    const there = await trx.from('addresses').where('street', String(address.street)).orderBy('id')
    const same = [taken, ...there].find((row) => fields(row) === fields(address))
    return same?.id ?? ++next
  }
}

/** The rows of a table that have the same ids as others. */
async function read(trx: TransactionClientContract, table: Table, rows: Row[]) {
  const found = new Map<number, Row>()
  const columns = COLUMNS[table].map((column) =>
    // a driver would cut it to milliseconds
    column === 'date_joined' && isMySQL(trx)
      ? trx.raw('cast(date_joined as char) as date_joined')
      : column
  )
  for (let start = 0; start < rows.length; start += BATCH) {
    const ids = rows.slice(start, start + BATCH).map(({ id }) => id)
    for (const row of await trx
      .from(table)
      .select(columns as string[])
      .whereIn('id', ids))
      found.set(row.id, row)
  }
  return found
}

/** A row as the same text wherever it comes from. */
function canonical(table: Table, row: Row) {
  return JSON.stringify(
    COLUMNS[table].map((column) =>
      column === 'date_joined' ? String(row[column]).replace(/\.0*$|(?<=\..+)0+$/, '') : row[column]
    )
  )
}

/** The checksum over all rows, if the database has them all as they are in the source. */
async function compare(trx: TransactionClientContract, rows: Rows) {
  const hash = createHash('sha256')
  for (const table of TABLES) {
    const there = await read(trx, table, rows[table])
    for (const row of rows[table]) {
      const [expected, found] = [row, there.get(Number(row.id))].map(
        (each) => each && canonical(table, each)
      )
      if (expected !== found) {
        throw new Refusal(
          `the database does not give back what it was given: ${table} ${expected} became ${found}`
        )
      }
      hash.update(`${table} ${expected}\n`)
    }
  }
  return hash.digest('hex')
}

/** What a database says of rows that it cannot hold. */
function understand(error: any, lenient: boolean) {
  if (
    !/^(ER_DATA_TOO_LONG|ER_WARN_DATA_OUT_OF_RANGE|ER_TRUNCATED_WRONG_VALUE|ER_CHECK_CONSTRAINT_VIOLATED|ER_CONSTRAINT_FAILED|SQLITE_CONSTRAINT)/.test(
      error.code
    )
  ) {
    return error
  }
  const hint = lenient
    ? 'not even --lenient brings over what a column cannot hold: mend it in the source'
    : 'nothing was written'
  return new Refusal(
    `the database refuses a row (${error.sqlMessage ?? error.message.split(' - ').at(-1)}); ${hint}`
  )
}
