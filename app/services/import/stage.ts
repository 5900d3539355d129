import type { TransactionClientContract } from '@adonisjs/lucid/types/database'
import { isMySQL } from '#services/transaction'

/** Rows that one statement brings to MySQL. */
const BATCH = 1_000

/** Kilobytes that SQLite keeps of a database in memory; more is not faster here. */
const CACHE = 4_000

type Values = (string | number | null)[]

/**
 * Makes a temporary table in which the rows of a file wait to be matched with what is there, all of them by a few statements.
 * `n` numbers them in the order of the file, texts compare letter for letter, and `targets` are columns for what the rows are matched
 * with. It is its connection's own and goes with it, or with the next stage. Returns how to add a row by the values of its columns in
 * their order, and how to bring the last rows there.
 */
export async function createStage(
  trx: TransactionClientContract,
  columns: string[],
  targets: string[]
) {
  const mysql = isMySQL(trx)
  if (!mysql)
    for (const schema of ['main', 'temp'])
      await trx.rawQuery(`pragma ${schema}.cache_size = -${CACHE}`)
  const names = ['n', 'line', ...columns.map((column) => column.split(' ')[0])]
  // by its full name, for which SQLite does not look at what is there
  await trx.rawQuery(`drop ${mysql ? 'temporary table if exists ' : 'table if exists temp.'}staged`)
  await trx.rawQuery(
    `create temporary table staged (n integer primary key, line integer not null, ${[...columns, ...targets]})` +
      (mysql ? ' character set utf8mb4 collate utf8mb4_bin' : '')
  )
  // past the query builder, which costs thrice what the database does
  const connection: any = await trx.knexClient.client.acquireConnection()
  const insert = `insert into staged (${names}) values`
  const one = mysql ? undefined : connection.prepare(`${insert} (${names.map(() => '?')})`)
  let rows: Values[] = []
  let count = 0
  const flush = async () => {
    if (rows.length) await connection.promise().query(`${insert} ?`, [rows])
    rows = []
  }
  const add = (line: number, values: Values) => {
    const row = [++count, line, ...values]
    if (one) one.run(row)
    else if (rows.push(row) >= BATCH) return flush()
  }
  return { add, flush }
}

/** Gives rows that are there the values of those staged rows that change them, which `key` names; what a file leaves out stays. */
export async function updateFrom(
  trx: TransactionClientContract,
  table: string,
  columns: string[],
  key: string
) {
  const mysql = isMySQL(trx)
  const match = `staged.${key} = ${table}.id and same = 0`
  const values = columns.map(
    (column) =>
      `${mysql ? `${table}.` : ''}${column} = coalesce(staged.${column}, ${table}.${column})`
  )
  await trx.rawQuery(
    mysql
      ? `update ${table} join staged on ${match} set ${values}`
      : `update ${table} set ${values} from staged where ${match}`
  )
}
