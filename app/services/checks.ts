import type { TransactionClientContract } from '@adonisjs/lucid/types/database'
import { isMySQL, rowsOf } from '#services/import/stage'

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
