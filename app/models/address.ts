import countries from 'i18n-iso-countries'
import english from 'i18n-iso-countries/langs/en.json' with { type: 'json' }
import { beforeSave, hasOne } from '@adonisjs/lucid/orm'
import type { HasOne } from '@adonisjs/lucid/types/relations'
import { AddressSchema } from '#database/schema'
import Letting from '#models/letting'
import { addressValidator } from '#validators/letting'

countries.registerLocale(english)

/** Where a letting is. It belongs to one letting and goes with it. */
export default class Address extends AddressSchema {
  @hasOne(() => Letting)
  declare letting: HasOne<typeof Letting>

  @beforeSave()
  static async validate(address: Address) {
    address.merge(await addressValidator.validate(address.$attributes))
  }

  /** The country's English name, or its code where ISO 3166-1 has no such code. */
  get country() {
    return countries.getName(this.countryIsoCode, 'en') ?? this.countryIsoCode
  }

  /** The two-letter code that schema.org wants, or the code as it is. */
  get countryAlpha2() {
    return countries.alpha3ToAlpha2(this.countryIsoCode) ?? this.countryIsoCode
  }

  /** «7217 Bedford Street, Brunswick, GA 31525, United States of America» */
  get full() {
    return `${this.number} ${this.street}, ${this.city}, ${this.state} ${this.zipCode}, ${this.country}`
  }

  /** «Brunswick, GA», with the country where it is not the site's own. */
  get place() {
    const place = `${this.city}, ${this.state}`
    return this.countryIsoCode === 'USA' ? place : `${place}, ${this.country}`
  }

  /** OpenStreetMap's search for the full address. */
  get mapUrl() {
    return `https://www.openstreetmap.org/search?${new URLSearchParams({ query: this.full })}`
  }
}
