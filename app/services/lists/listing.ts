import { type Bindings, query, sourcesOf } from '#services/lists/engine'
import { PostalAddress } from '#services/postal'

/** A letting with its address as pages read it: one row, which the database keeps in step with what is saved. */
export class Listing {
  readonly id: number
  readonly title: string
  readonly address: PostalAddress

  constructor(row: Record<string, any>) {
    this.id = row.letting_id
    this.title = row.title
    this.address = new PostalAddress(row)
  }

  static async find(id: number) {
    const [listing] = await listings('from listings where letting_id = ?', [id])
    return listing as Listing | undefined
  }

  /** The newest of all. */
  static newest(count: number) {
    return listings('from listings order by letting_id desc limit ?', [count])
  }

  /** The newest in a city of any country, whatever the case of its letters: on SQLite, of the ASCII ones. */
  static inCity(city: string, count: number) {
    return listings('from listings where city = ? order by letting_id desc limit ?', [city, count])
  }

  /** The newest others of the same city, then of the same state. */
  async neighbours(count: number) {
    const { countryIsoCode: country, state, city } = this.address
    const others: Listing[] = []
    for (const place of [
      { level: 3, country, state, city, count: 0 },
      { level: 2, country, state, city: '', count: 0 },
    ]) {
      const taken = new Set([this.id, ...others.map(({ id }) => id)])
      const [{ from, where, bindings, id: newest }] = sourcesOf({ words: [], place })
      const found = await listings(`from ${from} where ${where} order by ${newest} desc limit ?`, [
        ...bindings,
        count + taken.size,
      ])
      others.push(...found.filter(({ id }) => !taken.has(id)))
      if (others.length >= count) break
    }
    return others.slice(0, count)
  }
}

export const COLUMNS = [
  'letting_id', 'title', 'number', 'street', 'city', 'state', 'zip_code', 'country_iso_code',
].map((column) => `listings.${column}`).join(', ') // prettier-ignore

async function listings(rest: string, bindings: Bindings) {
  const rows = await query(`select ${COLUMNS} ${rest}`, bindings)
  return rows.map((row) => new Listing(row))
}
