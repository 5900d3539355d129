import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import SQLite from 'better-sqlite3'
import { Refusal } from '#services/command_errors'
import { isKnown } from '#services/django/layout'

export type SourceRow = Record<string, unknown>

/** A table of the Django site, or a model of its fixture, in the database's terms: `address_id`, not `address`. */
export type SourceTable = {
  name: string
  /** The Django app that it belongs to. */
  app: string
  columns: string[]
  /** Names of the tables that its columns refer to, as far as the source tells. */
  references: Record<string, string>
  rows: SourceRow[]
}

/** Everything that a Django site's SQLite database or `dumpdata` fixture holds, read without changing it. */
export function readSource(path: string): SourceTable[] {
  const bytes = readUnlessDatabase(path)
  if (!bytes) return readDatabase(path)
  if (!bytes.length) throw new Refusal(`${path} is empty`)
  return readFixture(path, bytes)
}

/** What a file holds, read once, for a pipe gives it only once; nothing of a SQLite database, which may be larger than memory. */
function readUnlessDatabase(path: string) {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const head = Buffer.alloc(16)
    const length = readSync(file, head)
    if (head.toString('latin1', 0, 15) === 'SQLite format 3') return
    return Buffer.concat([head.subarray(0, length), readFileSync(file)])
  } catch (error: any) {
    throw new Refusal(
      `${path} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`
    )
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function readDatabase(path: string): SourceTable[] {
  let source: SQLite.Database | undefined
  try {
    source = new SQLite(path, { readonly: true, fileMustExist: true, timeout: 2_000 })
    source.exec('begin')
    const damage = source.pragma('integrity_check(1)', { simple: true })
    if (damage !== 'ok') throw new Refusal(`${path} is damaged: ${damage}`)
    const names = source
      .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
      .pluck()
      .all() as string[]
    return names.map((name) => readTable(source!, name))
  } catch (error: any) {
    if (error instanceof Refusal) throw error
    if (/^SQLITE_(BUSY|LOCKED)/.test(error.code))
      throw new Refusal(`${path} is locked by another program: stop the Django site first`)
    // those of a database with a log, such as this site's own
    if (/^SQLITE_(CANTOPEN|READONLY)/.test(error.code))
      throw new Refusal(
        `${path} cannot be read where nothing can be written beside it: copy it elsewhere first`
      )
    throw new Refusal(`${path} is damaged or no SQLite database: ${error.message}`)
  } finally {
    source?.close()
  }
}

function readTable(source: SQLite.Database, name: string): SourceTable {
  const quoted = `"${name.replaceAll('"', '""')}"`
  const columns = source.pragma(`table_info(${quoted})`) as { name: string }[]
  const names = columns.map((column) => column.name)
  const references = source.pragma(`foreign_key_list(${quoted})`) as {
    from: string
    table: string
  }[]
  return {
    name,
    app: appOf(name),
    columns: names,
    references: Object.fromEntries(references.map(({ from, table }) => [from, table])),
    rows: isKnown(names) ? (source.prepare(`select * from ${quoted}`).all() as SourceRow[]) : [],
  }
}

/** Django names a table by its app and its model, the latter without underscores. */
const appOf = (table: string) => table.replace(/_[^_]*$/, '')

function readFixture(path: string, bytes: Buffer): SourceTable[] {
  let objects: unknown
  try {
    objects = JSON.parse(decode(bytes))
  } catch (error: any) {
    throw new Refusal(`${path} is neither a SQLite database nor a JSON fixture: ${error.message}`)
  }
  if (!Array.isArray(objects))
    throw new Refusal(`${path} is no fixture: it must hold one array of objects`)

  const tables = new Map<string, SourceTable>()
  for (const [i, object] of objects.entries()) {
    const { model, pk, fields } = object ?? {}
    if (typeof model !== 'string' || !/^\w+\.\w+$/.test(model) || !(fields instanceof Object)) {
      throw new Refusal(`${path} is no fixture: object ${i + 1} has no model or no fields`)
    }
    const name = model.toLowerCase().replace('.', '_')
    const table = tables.get(name) ?? {
      name,
      app: appOf(name),
      columns: ['id'],
      references: {},
      rows: [],
    }
    tables.set(name, table)
    const row: SourceRow = { id: pk ?? null }
    for (const [field, value] of Object.entries(fields)) {
      const column = ['address', 'user'].includes(field) ? `${field}_id` : field
      row[column] = value
      if (!table.columns.includes(column)) table.columns.push(column)
    }
    table.rows.push(row)
  }
  return [...tables.values()]
}

/** UTF-8, or UTF-16 as a redirection in PowerShell writes it. */
function decode(bytes: Buffer) {
  const little = bytes[0] === 0xff || bytes[1] === 0
  const big = bytes[0] === 0xfe
  return new TextDecoder(big ? 'utf-16be' : little ? 'utf-16le' : 'utf-8', { fatal: true }).decode(
    bytes
  )
}
