import { once } from 'node:events'
import {
  createWriteStream,
  existsSync,
  lstatSync,
  openSync,
  readlinkSync,
  rmSync,
  statSync,
} from 'node:fs'
import { chmod, rename } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import db from '@adonisjs/lucid/services/db'
import type { TransactionClientContract } from '@adonisjs/lucid/types/database'
import { sqliteFile } from '#config/database'
import { Refusal, UsageError } from '#services/command_errors'
import { isMySQL } from '#services/transaction'

/** Rows that one query brings. */
const PAGE = 2_000

/** What can be exported: the names of the columns, and the query for them. */
const kinds = {
  lettings: {
    columns: ['id', 'title', 'number', 'street', 'city', 'state', 'zip_code', 'country_iso_code'],
    query: (trx: TransactionClientContract) =>
      trx.from('lettings').join('addresses', 'addresses.id', 'lettings.address_id'),
  },
  profiles: {
    columns: ['id', 'username', 'first_name', 'last_name', 'email', 'favorite_city'],
    query: (trx: TransactionClientContract) =>
      trx.from('profiles').join('users', 'users.id', 'profiles.user_id'),
  },
}

export type ExportKind = keyof typeof kinds

type Row = Record<string, string | number>

/** How a format begins, writes a row and ends. */
const formats = {
  csv: {
    begin: (columns: string[]) => `${columns}\n`,
    row: (row: Row) => `${Object.values(row).map(cell)}\n`,
    end: '',
  },
  json: {
    begin: () => '[',
    row: (row: Row, first: boolean) => `${first ? '' : ','}\n${JSON.stringify(row)}`,
    end: '\n]\n',
  },
  ndjson: {
    begin: () => '',
    row: (row: Row) => `${JSON.stringify(row)}\n`,
    end: '',
  },
}

export type ExportFormat = keyof typeof formats

export const exportKinds = Object.keys(kinds) as ExportKind[]
export const exportFormats = Object.keys(formats) as ExportFormat[]

/** A cell of CSV; what a spreadsheet would run as a formula gets an apostrophe in front, which an import takes off again. */
function cell(value: string | number) {
  const text = String(value).replace(/^'*[=+\-@\t\r]/, "'$&")
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** All rows of a kind as pieces of text, as they were at one moment, in the order of their ids. */
async function* pieces(kind: ExportKind, format: ExportFormat, progress: (rows: number) => void) {
  const { columns, query } = kinds[kind]
  const { begin, row, end } = formats[format]
  const trx = await db.transaction()
  try {
    yield begin(columns)
    let last = 0
    let count = 0
    for (;;) {
      const rows: Row[] = await query(trx)
        .select(columns.map((column) => (column === 'id' ? `${kind}.id` : column)))
        .where(`${kind}.id`, '>', last)
        .orderBy(`${kind}.id`)
        .limit(PAGE)
      if (rows.length) yield rows.map((found, i) => row(found, count + i === 0)).join('')
      count += rows.length
      progress(count)
      if (rows.length < PAGE) break
      last = Number(rows.at(-1)!.id)
    }
    yield end
    return count
  } finally {
    await trx.rollback()
  }
}

/** Writes all rows of a kind to a file, which is there whole or not at all, or to standard output. */
export async function exportRows(
  kind: ExportKind,
  format: ExportFormat,
  path: string | undefined,
  progress: (rows: number) => void
) {
  let count = 0
  const text = pieces(kind, format, (rows) => progress((count = rows)))
  if (!path) {
    for await (const piece of text)
      if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
    return count
  }
  await inPlace(path, (partial) => write(partial, text))
  return count
}

/** What SQLite, and who migrates, have beside the database while it is in use. */
const databaseFiles = ['', '-wal', '-shm', '.lock'].map((end) => sqliteFile + end)

/** Throws a UsageError if the file that an option names is the command's source or the database's, by whichever path or link. */
export function refuseOverwriting(option: string, path: string, source?: string) {
  const files = [source ?? [], isMySQL(db.connection()) ? [] : databaseFiles].flat()
  for (const file of files) {
    if (![path, file].every(existsSync)) continue
    const [target, other] = [path, file].map((each) => statSync(each))
    if (target.dev === other.dev && target.ino === other.ino)
      throw new UsageError(`${option} would overwrite ${file}`)
  }
}

/**
 * Has a file made beside its place, which for a link is where that leads, and moves it there when it is whole, to be read by whom
 * the one there was; nothing of it stays otherwise. A Refusal says why it cannot be written.
 */
export async function inPlace<T>(path: string, make: (partial: string) => Promise<T>) {
  const place = placeOf(path)
  const partial = `${place}.${process.pid}.partial`
  // SQLite has a journal beside a copy that is not whole
  const forget = () => {
    for (const end of ['', '-journal']) rmSync(partial + end, { force: true })
  }
  // a command that is told to end does not come to the end of this function
  process.once('exit', forget)
  try {
    const made = await make(partial)
    if (existsSync(place)) await chmod(partial, statSync(place).mode)
    await rename(partial, place)
    return made
  } catch (error: any) {
    // those of a connection have a syscall too, and are fatal to it
    if (!error.syscall || error.fatal) throw error
    throw new Refusal(`${path} cannot be written: ${error.message}`)
  } finally {
    process.off('exit', forget)
    forget()
  }
}

/** Where links lead, as many as Linux follows, also to what is not there yet. */
const placeOf = (path: string, links = 40): string =>
  links && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
    ? placeOf(resolve(dirname(path), readlinkSync(path)), links - 1)
    : path

/** Writes a file on to the disk. */
export async function write(path: string, text: AsyncIterable<string>) {
  // here and now: who gives up, or is told to end, removes what is there by then
  const fd = openSync(path, 'w', 0o600)
  await pipeline(text, createWriteStream(path, { fd, flush: true }))
}
