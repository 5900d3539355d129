import type { VineValidator } from '@vinejs/vine'
import { DateTime } from 'luxon'
import { hasherOf } from '#models/user'
import type { Layout } from '#services/django/layout'
import type { SourceRow, SourceTable } from '#services/django/source'
import { shown } from '#services/import/importer'
import type { Problems } from '#services/import/problems'
import { MAX_ID } from '#services/params'
import { addressValidator, lettingValidator } from '#validators/letting'
import { profileValidator, userValidator } from '#validators/profile'

export type Row = Record<string, string | number>
export type Rows = Record<'users' | 'addresses' | 'lettings' | 'profiles', Row[]>

type Validator = Pick<VineValidator<any, any>, 'tryValidate'>

const camel = (column: string) => column.replace(/_(.)/g, (_, letter) => letter.toUpperCase())

/**
 * A source's rows as this site stores them. What cannot be stored at all is a problem; so is what the rules refuse, unless
 * `lenient` lets it pass as it is, with a note.
 */
export async function convert(layout: Layout, lenient: boolean, problems: Problems) {
  const notes: string[] = []
  const complain = (where: string, why: string) => problems.add(why, undefined, where)
  const rows: Rows = {
    users: await convertAll(layout.users, user, userValidator),
    addresses: await convertAll(layout.addresses, address, addressValidator),
    lettings: [],
    profiles: [],
  }
  const isVerified = (password: string) => password.startsWith('!') || hasherOf(password)
  const others = rows.users.filter(({ password }) => !isVerified(String(password)))
  if (others.length) {
    notes.push(
      `${others.length} of the users have a password hash that this site cannot verify: they need a new password`
    )
  }
  rows.lettings = await convertAll(layout.lettings, letting, lettingValidator)
  rows.profiles = await convertAll(layout.profiles, profile, profileValidator)

  unique(layout.users, rows.users, 'id', 'username')
  unique(layout.addresses, rows.addresses, 'id')
  refers(layout.lettings, rows.lettings, 'address_id', rows.addresses)
  refers(layout.profiles, rows.profiles, 'user_id', rows.users)
  return { rows, notes }

  async function convertAll(
    table: SourceTable,
    toRow: (source: SourceRow) => SourceRow,
    validator: Validator
  ) {
    const converted: Row[] = []
    for (const [i, source] of table.rows.entries()) {
      const name = `${table.name} ${source.id ?? `(row ${i + 1})`}`
      const row = toRow(source)
      if (!Number.isInteger(row.id) || Number(row.id) < 1 || Number(row.id) > MAX_ID) {
        complain(`${name}, id`, `must be a whole number from 1 to ${MAX_ID}`)
        continue
      }
      const impossible = Object.entries(row).filter(
        ([, value]) => !['string', 'number'].includes(typeof value)
      )
      for (const [column, value] of impossible) {
        const given = source[column] ?? undefined
        const lack = given === undefined ? 'is missing' : `is not understood${shown(given)}`
        const why = value === null ? lack : 'is neither text nor a number'
        complain(`${name}, ${column}`, why)
      }
      if (impossible.length) continue
      converted.push({ ...(row as Row), ...(await validated(name, row, validator)) })
    }
    return converted
  }

  /** What the rules make of a row: spaces around texts go. */
  async function validated(name: string, row: SourceRow, validator: Validator): Promise<Row> {
    const fields = Object.fromEntries(
      Object.entries(row).map(([column, value]) => [camel(column), value])
    )
    const columns = new Map(Object.keys(row).map((column) => [camel(column), column]))
    const refuse = (column: string, why: string) => {
      if (lenient) notes.push(`${name}, ${column}: ${why}; brought over as it is`)
      else complain(`${name}, ${column}`, why)
    }
    for (const [column, value] of Object.entries(row)) {
      if (String(value).includes('\uFFFD')) refuse(column, 'holds bytes that are not UTF-8')
    }
    const [error, result] = await validator.tryValidate(fields)
    for (const { field, message } of error?.messages ?? [])
      refuse(columns.get(field) ?? field, message)
    const valid: Row = {}
    for (const [field, value] of Object.entries<any>(result ?? {})) {
      const column = columns.get(field)!
      valid[column] = value
      if (value !== row[column])
        notes.push(
          `${name}, ${column}: ${JSON.stringify(row[column])} became ${JSON.stringify(value)}`
        )
    }
    return valid
  }

  function user(source: SourceRow) {
    return {
      id: source.id,
      username: source.username,
      first_name: source.first_name ?? '',
      last_name: source.last_name ?? '',
      email: source.email ?? '',
      password: source.password,
      is_staff: flag(source.is_staff, 0),
      is_superuser: flag(source.is_superuser, 0),
      is_active: flag(source.is_active, 1),
      date_joined: moment(source.date_joined ?? '1970-01-01 00:00:00'),
    }
  }

  function address(source: SourceRow) {
    const { id, number, street, city, state, country_iso_code: country } = source
    let zip = source.zip_code
    if (typeof zip === 'number') {
      zip = String(zip)
      // an integer column has lost the zero that zip codes of New England and New Jersey begin with
      if (country === 'USA' && (zip as string).length < 5) {
        zip = (zip as string).padStart(5, '0')
        notes.push(
          `${layout.addresses.name} ${id}, zip_code: ${source.zip_code} became ${zip}, its leading zero restored`
        )
      }
    }
    return {
      id,
      number: digits(number),
      street,
      city,
      state,
      zip_code: zip,
      country_iso_code: country,
    }
  }

  function letting({ id, title, address_id }: SourceRow) {
    return { id, title, address_id }
  }

  function profile({ id, user_id, favorite_city }: SourceRow) {
    // dumpdata --natural-foreign names the user instead
    const named = Array.isArray(user_id)
      ? rows.users.find(({ username }) => username === user_id[0])?.id
      : user_id
    return { id, user_id: named ?? null, favorite_city: favorite_city ?? '' }
  }

  function unique(table: SourceTable, all: Row[], ...keys: string[]) {
    for (const key of keys) {
      const seen = new Set<string | number>()
      for (const row of all) {
        if (seen.has(row[key]))
          complain(`${table.name} ${row.id}, ${key}`, `${JSON.stringify(row[key])} is there twice`)
        seen.add(row[key])
      }
    }
  }

  function refers(table: SourceTable, all: Row[], column: string, targets: Row[]) {
    unique(table, all, 'id', column)
    const ids = new Set(targets.map(({ id }) => id))
    for (const row of all) {
      if (!ids.has(row[column]))
        complain(`${table.name} ${row.id}, ${column}`, `there is no row ${row[column]} for it`)
    }
  }
}

/** A flag, of which Django takes "False" in a fixture too, or null where it is none. */
function flag(value: unknown, otherwise: number) {
  const text = String(value ?? otherwise)
  return /^(1|t|true)$/i.test(text) ? 1 : /^(0|f|false)$/i.test(text) ? 0 : null
}

const digits = (value: unknown) =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value

/** A point in time in UTC as both databases write it, to the microsecond, or null where it is none. */
function moment(value: unknown) {
  if (typeof value !== 'string') return null
  const [, whole, micros = '', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)?$/.exec(value.trim()) ?? []
  const time = DateTime.fromISO(`${whole?.replace(' ', 'T')}${zone}`, { zone: 'utc' })
  return time.isValid ? time.toFormat('yyyy-MM-dd HH:mm:ss') + micros : null
}
