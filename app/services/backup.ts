import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import db from '@adonisjs/lucid/services/db'
import type { TransactionClientContract } from '@adonisjs/lucid/types/database'
import SQLite from 'better-sqlite3'
import { sqliteFile } from '#config/database'
import { Refusal } from '#services/command_errors'
import { knownMigrations } from '#services/database'
import { inPlace, write } from '#services/export'
import { inTransaction, isMySQL, rowsOf, takeWriteLock, withoutChecks } from '#services/transaction'

/** Rows of each table. */
type Counts = Record<string, number>

/** A kind of backup: what each database makes of it. */
type Backup = {
  /** Whether it puts rows into tables that are there, or all of it in the place of what is there. */
  needsTables: boolean
  /** Returns what it holds, read back before the file gets its name. */
  create(path: string, progress: (rows: number) => void): Promise<Counts>
  /** What a backup holds; throws a Refusal unless it is whole and of this release or an older one. */
  verify(path: string): Promise<Counts>
  restore(path: string, progress: (rows: number) => void): Promise<void>
}

/** The backups of the database that the site is on. */
export const backups = () => (isMySQL(db.connection()) ? dumps : copies)

function checkMigrations(path: string, names: string[]) {
  const unknown = names.filter((name) => !knownMigrations().includes(name))
  if (!names.length) throw new Refusal(`${path} is not a backup of this site`)
  if (unknown.length)
    throw new Refusal(`${path} was made by a newer release: this one does not know ${unknown[0]}`)
}

/** How SQLite copies: a thousand pages at a time, and tells how many it has. */
const inSteps = (progress: (pages: number) => void): SQLite.BackupOptions => ({
  progress({ totalPages, remainingPages }) {
    progress(totalPages - remainingPages)
    return 1_000
  },
})

/** Copies of the database's file, made by SQLite while others read and write. */
const copies: Backup = {
  needsTables: false,

  async create(path, progress) {
    const source = new SQLite(sqliteFile, { readonly: true, fileMustExist: true })
    try {
      // one snapshot for all of it: otherwise it begins anew whenever somebody writes
      source.exec('begin; select count(*) from sqlite_schema')
      return await inPlace(path, async (partial) => {
        writeFileSync(partial, '', { mode: 0o600 })
        await source.backup(partial, inSteps(progress))
        const copy = new SQLite(partial)
        // one file, without a log beside it
        copy.pragma('journal_mode = delete')
        copy.close()
        return this.verify(partial)
      })
    } catch (error: any) {
      if (!/^SQLITE_(CANTOPEN|FULL|IOERR)/.test(error.code)) throw error
      throw new Refusal(`${path} cannot be written: ${error.message}`)
    } finally {
      source.close()
    }
  },

  async verify(path) {
    if (!existsSync(path)) throw new Refusal(`${path} cannot be read: there is no such file`)
    let copy: SQLite.Database | undefined
    try {
      copy = new SQLite(path, { readonly: true, fileMustExist: true })
      // SQLite itself does not mind half a page at the end, if it is one that holds nothing
      const isCut = statSync(path).size % Number(copy.pragma('page_size', { simple: true }))
      const damage = isCut ? 'it is cut' : copy.pragma('integrity_check(1)', { simple: true })
      if (damage !== 'ok') throw new Refusal(`${path} is damaged: ${damage}`)
      if ((copy.pragma('foreign_key_check') as unknown[]).length)
        throw new Refusal(`${path} is damaged: rows lack what they refer to`)
      const values = (sql: string): any[] => copy!.prepare(sql).pluck().all()
      const [hasTables] = values("select 1 from sqlite_schema where name = 'adonis_schema'")
      checkMigrations(path, hasTables ? values('select name from adonis_schema') : [])
      return Object.fromEntries(
        ['users', 'addresses', 'lettings', 'profiles'].map((table) => [
          table,
          values(`select count(*) from ${table}`)[0],
        ])
      )
    } catch (error: any) {
      if (error instanceof Refusal) throw error
      const isShut = /^SQLITE_(CANTOPEN|IOERR)/.test(error.code)
      const what = isShut ? 'cannot be read' : 'is damaged or no SQLite database'
      throw new Refusal(`${path} ${what}: ${error.message}`)
    } finally {
      copy?.close()
    }
  },

  /** Over the file that is in use, under its locks: who reads it sees the old rows until all of the new ones are there. */
  async restore(path, progress) {
    mkdirSync(dirname(sqliteFile), { recursive: true })
    const source = new SQLite(path, { readonly: true, fileMustExist: true })
    try {
      const { totalPages } = await source.backup(sqliteFile, inSteps(progress))
      // the driver calls it success
      if (!totalPages) throw new Refusal('another command is writing: nothing was restored')
      // the end of a transaction tells of what no query did: pages are forgotten
      await db.transaction(async () => {})
    } finally {
      source.close()
    }
  },
}

const FORMAT = 'oc-lettings-site backup 1'

/**
 * All rows of MySQL as they were at one moment, as lines of JSON: what it is, then for each table its columns and rows, then
 * the number of lines before and a checksum over them.
 */
const dumps: Backup = {
  needsTables: true,

  async create(path, progress) {
    return inPlace(path, async (partial) => {
      await write(partial, dump(progress))
      return this.verify(partial)
    })
  },

  async verify(path) {
    const counts: Counts = {}
    for await (const line of linesOf(path)) {
      if ('table' in line) counts[line.table] = 0
      else if ('row' in line) counts[line.of]++
    }
    return counts
  },

  async restore(path, progress) {
    await inTransaction(db, async (trx) => {
      await takeWriteLock(trx)
      await trx.rawQuery('set foreign_key_checks = 0')
      try {
        await withoutChecks(trx, () => load(trx, path, progress))
      } finally {
        await trx.rawQuery('set foreign_key_checks = 1')
      }
    })
  },
}

async function* dump(progress: (rows: number) => void) {
  const trx = await db.transaction()
  const hash = createHash('sha256')
  let lines = 0
  let rows = 0
  const line = (value: object) => {
    const text = `${JSON.stringify(value)}\n`
    hash.update(text)
    lines++
    return text
  }
  try {
    const done = await trx.from('adonis_schema').select('name')
    const migrations = done.map(({ name }) => name)
    yield line({ format: FORMAT, created: new Date().toISOString(), migrations })
    const connection: any = await trx.knexClient.client.acquireConnection()
    for (const [table, columns] of await tablesOf(trx)) {
      yield line({ table, columns })
      const names = columns.map((column) => `\`${column}\``)
      const found = connection
        // every value as the text that MySQL takes back; a driver would cut a time to milliseconds
        .query({
          sql: `select ${names} from \`${table}\``,
          rowsAsArray: true,
          typeCast: (field: any) => field.string(),
        })
        .stream({ objectMode: true })
      for await (const row of found) {
        yield line(row)
        if (++rows % 10_000 === 0) progress(rows)
      }
    }
    yield JSON.stringify({ lines, sha256: hash.digest('hex') }) + '\n'
  } finally {
    await trx.rollback()
  }
}

/** The tables but AdonisJS' own and those that triggers fill, with their columns. */
async function tablesOf(trx: TransactionClientContract) {
  const found = await rowsOf(
    trx,
    `select c.table_name as t, c.column_name as c from information_schema.columns c
     join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
     where c.table_schema = database() and t.table_type = 'BASE TABLE' and c.table_name not like 'adonis%'
       and c.table_name not in ('listings', 'places')
     order by c.table_name, c.ordinal_position`
  )
  const tables = new Map<string, string[]>()
  for (const { t, c } of found) tables.set(t, [...(tables.get(t) ?? []), c])
  return tables
}

type Line = { table: string; columns: string[] } | { of: string; row: (string | null)[] }

/** The lines of a dump; throws a Refusal at its end unless it is whole. */
async function* linesOf(path: string): AsyncGenerator<Line> {
  const hash = createHash('sha256')
  let lines = 0
  let table = ''
  let end: any
  const damaged = new Refusal(`${path} is damaged or no backup of this site's MySQL`)
  try {
    for await (const text of textLines(path)) {
      const line = parse(text)
      if ('sha256' in line) {
        end = line
        continue
      }
      hash.update(`${text}\n`)
      if (lines++ === 0) {
        if (line.format !== FORMAT || !Array.isArray(line.migrations)) throw damaged
        checkMigrations(path, line.migrations)
      } else if (Array.isArray(line) && table) yield { of: table, row: line }
      else if (line.table && line.columns) {
        table = line.table
        yield { table, columns: line.columns }
      } else throw damaged
    }
  } catch (error: any) {
    if (error.syscall) throw new Refusal(`${path} cannot be read: ${error.message}`)
    throw error
  }
  if (end?.lines !== lines || end.sha256 !== hash.digest('hex')) throw damaged

  function parse(text: string) {
    try {
      return Object(JSON.parse(text))
    } catch {
      throw damaged
    }
  }
}

async function* textLines(path: string) {
  let rest = ''
  for await (const chunk of createReadStream(path, 'utf8')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    yield* lines
    // a file of zeros is one line, and to look for its end once more with every chunk takes for ever
    if (rest && !/^[{[]/.test(rest)) break
  }
  if (rest) yield rest
}

async function load(
  trx: TransactionClientContract,
  path: string,
  progress: (rows: number) => void
) {
  const connection: any = await trx.knexClient.client.acquireConnection()
  const tables = await tablesOf(trx)
  // the last two as well: triggers leave there what went without them, as truncate does
  for (const table of [...tables.keys(), 'listings', 'places']) await trx.from(table).delete()
  let into = ''
  let rows: (string | null)[][] = []
  let count = 0
  const flush = async () => {
    if (rows.length) await connection.promise().query(`insert into ${into} values ?`, [rows])
    count += rows.length
    rows = []
    progress(count)
  }
  for await (const line of linesOf(path)) {
    if ('table' in line) {
      await flush()
      into = `\`${line.table}\` (${line.columns.map((column) => `\`${column}\``)})`
    } else if (rows.push(line.row) === 1_000) await flush()
  }
  await flush()
}
