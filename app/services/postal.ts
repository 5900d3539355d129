import { countryAlpha2, countryName } from '#services/countries'

/** What is written on an envelope. */
export type PostalFields = {
  number: number
  street: string
  city: string
  state: string
  zipCode: string
  countryIsoCode: string
}

/** How an address reads, for the model that is saved and for the rows that pages read. */
export const postal = <Base extends abstract new (...args: any[]) => PostalFields>(base: Base) => {
  abstract class Postal extends base {
    /** The country's English name, or its code where ISO 3166-1 has no such code. */
    get country() {
      return countryName(this.countryIsoCode)
    }

    /** The two-letter code that schema.org wants, or the code as it is. */
    get countryAlpha2() {
      return countryAlpha2(this.countryIsoCode)
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
  return Postal
}
