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
