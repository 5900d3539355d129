import { beforeSave } from '@adonisjs/lucid/orm'
import { AddressSchema } from '#database/schema'
import { addressValidator } from '#validators/letting'

/** Where a letting is. It belongs to one letting and goes with it. */
export default class Address extends AddressSchema {
  @beforeSave()
  static async validate(address: Address) {
    address.merge(await addressValidator.validate(address.$attributes))
  }
}
