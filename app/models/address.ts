import { compose } from '@adonisjs/core/helpers'
import { beforeSave, hasOne } from '@adonisjs/lucid/orm'
import type { HasOne } from '@adonisjs/lucid/types/relations'
import { AddressSchema } from '#database/schema'
import Letting from '#models/letting'
import { postal } from '#services/postal'
import { addressValidator } from '#validators/letting'

/** Where a letting is. It belongs to one letting and goes with it. */
export default class Address extends compose(AddressSchema, postal) {
  @hasOne(() => Letting)
  declare letting: HasOne<typeof Letting>

  @beforeSave()
  static async validate(address: Address) {
    address.merge(await addressValidator.validate(address.$attributes))
  }
}
