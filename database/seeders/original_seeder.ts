import { readFile } from 'node:fs/promises'
import app from '@adonisjs/core/services/app'
import { BaseSeeder } from '@adonisjs/lucid/seeders'
import type { TransactionClientContract } from '@adonisjs/lucid/types/database'
import { inTransaction, takeWriteLock } from '#services/transaction'

type Row = Record<string, string | number | boolean>
type Original = { addresses: Row[]; lettings: Row[]; users: Row[]; profiles: Row[] }

/**
 * Plants the lettings and profiles of the original site with their ids. What is there already stays as it is, so that
 * running it again only adds what is missing.
 */
export default class OriginalSeeder extends BaseSeeder {
  async run() {
    const path = app.makePath('database/data/original.json')
    const original: Original = JSON.parse(await readFile(path, 'utf8'))

    await inTransaction(this.client, async (trx) => {
      await takeWriteLock(trx, 'lettings', 'addresses', 'profiles', 'users')
      const exists = (table: string, key: Row) => trx.from(table).where(key).first()

      for (const letting of original.lettings) {
        if (await exists('lettings', { id: letting.id })) continue
        const address = original.addresses.find(({ id }) => id === letting.address_id)!
        await trx
          .table('lettings')
          .insert({ ...letting, address_id: await this.#plant(trx, 'addresses', address) })
      }
      for (const profile of original.profiles) {
        const user = original.users.find(({ id }) => id === profile.user_id)!
        if (await exists('profiles', { id: profile.id })) continue
        if (await exists('users', { username: user.username })) continue
        await trx
          .table('profiles')
          .insert({ ...profile, user_id: await this.#plant(trx, 'users', user) })
      }
    })
  }

  /** Inserts a row under its own id, or under a new one where an admin's row has that id already. */
  async #plant(trx: TransactionClientContract, table: string, { id, ...row }: Row) {
    const taken = await trx.from(table).where({ id }).first()
    const [inserted] = await trx.table(table).insert(taken ? row : { id, ...row })
    return inserted
  }
}
