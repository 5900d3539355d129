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

  /** All of them with their addresses, in the order of the lists. */
  static listed() {
    return this.query().preload('address').orderBy('lettings.id')
  }

  /** Those in a city, whatever the case of its letters. */
  static inCity(city: string) {
    return this.listed().whereIn('address_id', Address.query().select('id').where('city', city))
  }

  /** The others of the same state, those of the same city first. The address must be loaded. */
  neighbours() {
    const { countryIsoCode, state, city } = this.address
    return Letting.query()
      .select('lettings.*')
      .preload('address')
      .join('addresses', 'addresses.id', 'lettings.address_id')
      .where({ country_iso_code: countryIsoCode, state })
      .whereNot('lettings.id', this.id)
      .orderByRaw('case when addresses.city = ? then 0 else 1 end, lettings.id', [city])
  }
}
