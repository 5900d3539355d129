import { countryName } from '#services/countries'

/** An address as it is written on an envelope. */
export class PostalAddress {
  readonly number: number
  readonly street: string
  readonly city: string
  readonly state: string
  readonly zipCode: string
  readonly countryIsoCode: string

  constructor(row: Record<string, any>) {
    this.number = row.number
    this.street = row.street
    this.city = row.city
    this.state = row.state
    this.zipCode = row.zip_code
    this.countryIsoCode = row.country_iso_code
  }

  /** The country's English name, or its code where ISO 3166-1 has no such code. */
  get country() {
    return countryName(this.countryIsoCode)
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
