import db from '@adonisjs/lucid/services/db'
import type { TransactionClientContract } from '@adonisjs/lucid/types/database'
import type { VineValidator } from '@vinejs/vine'
import type { Problems } from '#services/import/problems'
import type { FileRow } from '#services/import/readers'
import { SourceError } from '#services/import/source'
import { createStage } from '#services/import/stage'
import { MAX_ID } from '#services/params'
import { hearSignals, inTransaction, isMySQL, numberOf, takeWriteLock } from '#services/transaction'

const NO_IDS = `ids end at ${MAX_ID}: rows without one could get none`

/** What became of the rows. */
export type Outcome = { added: number; changed: number; unchanged: number; removed: number }

/** A kind of rows that can be imported. */
export type Kind = {
  name: string
  /** Those that it writes to. */
  tables: string[]
  validator: Pick<VineValidator<any, any>, 'tryValidate'>
  /** The fields that the validator knows, and what files call them; in the order of the staging table's columns. */
  fields: Record<string, string>
  optional: string[]
  /** Those that are whole numbers, which CSV has as digits. */
  integers: string[]
  /** Columns of the staging table for the fields, and for what `apply` matches the rows with. */
  staged: string[]
  targets: string[]
  /** Indexes the staging table. */
  prepare(trx: TransactionClientContract): Promise<void>
  /** Matches the staged rows with what is there and brings them in, if that shows no problem. */
  apply(
    trx: TransactionClientContract,
    options: { replace: boolean; problems: Problems }
  ): Promise<Outcome | undefined>
}

type Options = {
  /** Makes the database equal to the file. */
  replace?: boolean
  /** Does everything and takes it back. */
  dryRun?: boolean
  /** Whether all values are texts, as in CSV. */
  texts?: boolean
  problems: Problems
  progress?: (rows: number) => void
}

/** Brings rows in, all of them or, where anything is wrong with any of them, none: then the problems say what. */
export async function importRows(
  kind: Kind,
  rows: AsyncIterable<FileRow> | Iterable<FileRow>,
  options: Options
) {
  const { problems, replace = false, dryRun = false } = options
  return inTransaction(db, async (trx) => {
    let outcome: Outcome | undefined
    const staged = await stageRows(kind, trx, rows, options)
    if (!problems.count) {
      await kind.prepare(trx)
      // MySQL commits when it makes an index; up to here there was nothing to commit
      if (isMySQL(trx)) await trx.rawQuery('start transaction')
      await takeWriteLock(trx, ...kind.tables)
      // asked before any id is given, for MySQL takes none back
      const nameless = await numberOf(trx, 'select count(*) from staged where id is null')
      const ids = `select id from staged union all select id from ${kind.name}`
      const highest = await numberOf(trx, `select coalesce(max(id), 0) from (${ids}) ids`)
      if (nameless && highest + nameless > MAX_ID) problems.add(NO_IDS)
      else {
        outcome = await kind.apply(trx, { replace, problems })
        // neither database gives an id twice, also where its row has gone
        const beyond = `select count(*) from ${kind.name} where id > ${MAX_ID}`
        if (nameless && (await numberOf(trx, beyond))) problems.add(NO_IDS)
      }
    }
    if (problems.count || dryRun) await trx.rollback()
    return { rows: staged, ...outcome }
  })
}

async function stageRows(
  kind: Kind,
  trx: TransactionClientContract,
  rows: AsyncIterable<FileRow> | Iterable<FileRow>,
  { problems, replace, texts, progress }: Options
) {
  const stage = await createStage(trx, kind.staged, kind.targets)
  const fields = Object.keys(kind.fields)
  const read = rowReader(kind, problems, texts ?? false)
  let count = 0
  try {
    for await (const row of rows) {
      if (!row.names && ++count % 10_000 === 0) {
        progress?.(count)
        await hearSignals()
      }
      const values = read(row)
      if (!values) continue
      const [error, valid] = await kind.validator.tryValidate(values)
      for (const { field, message } of error?.messages ?? [])
        problems.add(message + shown(values[field]), row.line, kind.fields[field])
      // after a problem the rows are only looked at
      if (problems.count) continue
      const staging = stage.add(
        row.line,
        fields.map((field) => valid[field] ?? null)
      )
      if (staging) await staging
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    problems.add(error.message, error.line)
  }
  await stage.flush()
  if (replace && !count && !problems.count)
    problems.add('the file has no rows, and --replace would leave none')
  progress?.(count)
  return count
}

/** Takes a file's row apart into the kind's fields, or reports why it cannot; columns may be spelt zip_code or zipCode. */
function rowReader(kind: Kind, problems: Problems, texts: boolean) {
  const known = new Map(
    Object.entries(kind.fields).map(([field, column]) => [plain(column), field])
  )
  let names: { key: string; field: string }[] = []
  let signature = ''

  return ({ line, names: given, values, why }: FileRow): Record<string, any> | undefined => {
    if (given) return void (names = header(given, line))
    if (why) return void problems.add(why, line)
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      return void problems.add('must be an object', line)
    }
    const keys = texts ? [] : Object.keys(values)
    if (keys.join('\0') !== signature) {
      signature = keys.join('\0')
      names = header(keys, line)
    }
    const row: Record<string, any> = {}
    for (const { key, field } of names) row[field] = (values as any)[key]
    if (texts) {
      for (const field of kind.integers) {
        const text = row[field]?.trim()
        row[field] = text === '' ? undefined : /^\d{1,15}$/.test(text) ? Number(text) : text
      }
    }
    return row
  }

  function header(keys: string[], line: number) {
    const found = keys.flatMap((key) => {
      const field = known.get(plain(key))
      if (!field) refuse(`is none that ${kind.name} have`, line, JSON.stringify(key.slice(0, 40)))
      return field ? [{ key, field }] : []
    })
    const fields = found.map(({ field }) => field)
    for (const [i, field] of fields.entries()) {
      if (fields.indexOf(field) < i) refuse('is there twice', line, kind.fields[field])
    }
    const missing = Object.keys(kind.fields).filter(
      (field) => !fields.includes(field) && !kind.optional.includes(field)
    )
    if (texts && missing.length) {
      throw new SourceError(
        `the header lacks ${missing.map((field) => kind.fields[field]).join(', ')}`,
        line
      )
    }
    return found
  }

  /** In CSV it is the header that is wrong, so that no row can be understood. */
  function refuse(why: string, line: number, column: string) {
    if (texts) throw new SourceError(`column ${column} of the header ${why}`, line)
    problems.add(why, line, column)
  }
}

const plain = (name: string) => name.toLowerCase().replace(/[\s_-]/g, '')

/** A value as a message shows it. */
export function shown(value: unknown) {
  if (value === undefined || value === '') return ''
  const text = JSON.stringify(value)
  return `; it is ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`
}
