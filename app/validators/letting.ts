import { id, integer, rules, text } from '#validators/rules'

const address = {
  number: integer(0, 9999),
  street: text({ min: 1, max: 64 }),
  city: text({ min: 1, max: 64 }),
  state: text({ min: 2, max: 2 }),
  zipCode: text({ min: 1, max: 10 }),
  countryIsoCode: text({
    min: 3,
    max: 3,
    like: [/^[A-Z]{3}$/, 'must be three capital letters of ISO 3166-1, such as USA'],
  }),
}

const letting = { title: text({ min: 1, max: 256, lines: true }) }

/** What an address must be like to be saved. */
export const addressValidator = rules(address)

/** What a letting must be like to be saved. */
export const lettingValidator = rules(letting)

/** A letting and its address in one row, as an import reads it. */
export const lettingRowValidator = rules({ id: id(), ...letting, ...address })
