import { setImmediate } from 'node:timers/promises'
import type { QueryClientContract, TransactionClientContract } from '@adonisjs/lucid/types/database'

/** Does work that is wholly there in the end or not at all; it may roll back by itself. */
export async function inTransaction<T>(
  client: Pick<QueryClientContract, 'transaction'>,
  work: (trx: TransactionClientContract) => Promise<T>
) {
  const trx = await client.transaction()
  try {
    const result = await work(trx)
    // of a rollback that lasts knex says nothing but that it has waited for 5 s
    if (trx.isCompleted) return result
    await hearSignals()
    await trx.commit()
    // knex tells only here that the database could not commit
    await (trx.knexClient as any).executionPromise
    return result
  } catch (error) {
    if (!trx.isCompleted) await trx.rollback()
    throw error
  }
}

/** Has the process hear what it was told, such as to end: SQLite's queries keep it busy without a break. */
export async function hearSignals() {
  // the first may come before Node looks for signals
  await setImmediate()
  await setImmediate()
}

/**
 * Takes the right to write to tables before the first look at them, so that what is matched stays as it is. Who has looked already
 * cannot wait for it on SQLite.
 */
export async function takeWriteLock(trx: TransactionClientContract, ...tables: string[]) {
  if (isMySQL(trx)) {
    // one command after the other: a lock on the end of an empty table keeps nobody else from taking it too
    await trx.rawQuery('select id from adonis_schema order by id limit 1 for update')
    for (const table of tables)
      await trx.rawQuery(`select id from ${table} order by id desc limit 1 for update`)
    // a table without triggers: those of lettings have SQLite look into the index of words first
  } else await trx.rawQuery('update adonis_schema set id = id where id is null')
}

/**
 * Runs work with the checks of what a column holds switched off for this connection. SQLite and MariaDB can do that; MySQL
 * cannot, and goes on refusing what breaks them.
 */
export async function withoutChecks(trx: TransactionClientContract, work: () => Promise<void>) {
  const [off, on] = await switches(trx)
  if (off) await trx.rawQuery(off)
  try {
    await work()
  } finally {
    if (on) await trx.rawQuery(on)
  }
}

async function switches(trx: TransactionClientContract) {
  if (!isMySQL(trx))
    return ['pragma ignore_check_constraints = on', 'pragma ignore_check_constraints = off']
  const [{ version }] = await rowsOf(trx, 'select version() as version')
  return /mariadb/i.test(version)
    ? ['set check_constraint_checks = 0', 'set check_constraint_checks = 1']
    : []
}

export const isMySQL = (client: { dialect: { name: string } }) => client.dialect.name === 'mysql'

/** The rows that a query finds. */
export async function rowsOf(client: QueryClientContract, sql: string): Promise<any[]> {
  const result: any = await client.rawQuery(sql)
  return isMySQL(client) ? result[0] : result
}

/** The one number that a query finds. */
export async function numberOf(trx: TransactionClientContract, sql: string): Promise<number> {
  const [row] = await rowsOf(trx, sql)
  return Number(Object.values(row)[0])
}
