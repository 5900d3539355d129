import { afterDelete, beforeSave, belongsTo } from '@adonisjs/lucid/orm'
import type { BelongsTo } from '@adonisjs/lucid/types/relations'
import { LettingSchema } from '#database/schema'
import Address from '#models/address'
import { lettingValidator } from '#validators/letting'

/** A property to let. */
export default class Letting extends LettingSchema {
  @belongsTo(() => Address)
  declare address: BelongsTo<typeof Address>

  @beforeSave()
  static async validate(letting: Letting) {
    letting.merge(await lettingValidator.validate(letting.$attributes))
  }

  @afterDelete()
  static async deleteAddress(letting: Letting) {
    await Address.query({ client: letting.$trx }).where('id', letting.addressId).delete()
  }
}
