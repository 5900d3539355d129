import { Refusal } from '#services/command_errors'
import type { SourceTable } from '#services/django/source'

/** The columns that come along, of tables in the order in which rows may refer to others. */
export const COLUMNS = {
  users: [
    'id',
    'username',
    'first_name',
    'last_name',
    'email',
    'password',
    'is_staff',
    'is_superuser',
    'is_active',
    'date_joined',
  ],
  addresses: ['id', 'number', 'street', 'city', 'state', 'zip_code', 'country_iso_code'],
  lettings: ['id', 'title', 'address_id'],
  profiles: ['id', 'favorite_city', 'user_id'],
}

type Kind = keyof typeof COLUMNS

/** Those by which each kind of table is known, whatever its app and its model are called. */
const KINDS = { ...COLUMNS, users: ['id', 'username', 'password'] }

export type Layout = Record<Kind, SourceTable> & {
  /** What is left out, in words. */
  notes: string[]
}

/** Whether a table of these columns is one of those that are looked for. */
export const isKnown = (columns: string[]) => kindsOf(columns).length > 0

const kindsOf = (columns: string[]) =>
  (Object.keys(KINDS) as Kind[]).filter((kind) =>
    KINDS[kind].every((column) => columns.includes(column))
  )

/**
 * Finds the site's tables in a source. Where several could be it, the one that the app named by `wanted` has, else the one
 * with the most rows, else the newer layout's.
 */
export function findLayout(tables: SourceTable[], wanted?: string): Layout {
  const notes: string[] = []
  const candidates = (kind: Kind) => tables.filter(({ columns }) => kindsOf(columns).includes(kind))
  const apps = [
    ...new Set([...candidates('lettings'), ...candidates('profiles')].map(({ app }) => app)),
  ]
  if (!candidates('lettings').length) {
    throw new Refusal(
      'this is not the Django site: it has no table with the columns title and address_id'
    )
  }
  if (wanted !== undefined && !apps.includes(wanted)) {
    throw new Refusal(`there is no layout ${wanted}: the tables belong to ${apps.join(' and ')}`)
  }

  const lettings = choose('lettings')
  const addresses = referred('addresses', lettings, 'address_id')
  const profiles = choose('profiles')
  const users = referred('users', profiles, 'user_id')
  for (const [kind, table] of Object.entries({ lettings, addresses, profiles, users }))
    noteColumns(kind as Kind, table)
  return { lettings, addresses, profiles, users, notes }

  function choose(kind: 'lettings' | 'profiles'): SourceTable {
    const all = candidates(kind).sort(
      (a, b) => fuller(a, b) || Number(isOriginal(a)) - Number(isOriginal(b))
    )
    const named = all.filter(({ app }) => app === wanted)
    // where lettings and profiles are apps of their own, only one of them is named
    const apart = all.filter(({ app }) => !candidates('lettings').some((t) => t.app === app))
    const choices = wanted === undefined ? [all] : [named, apart, all]
    const [first = none(kind)] = choices.find(({ length }) => length) ?? []
    for (const { name, app, rows } of all) {
      if (name !== first.name && rows.length)
        notes.push(
          `${name} has ${rows.length} rows too, which are left out; --layout ${app} takes them`
        )
    }
    return first
  }

  /** The table that a column of another refers to; without a word on it, that of the same app, or the first. */
  function referred(kind: Kind, from: SourceTable, column: string): SourceTable {
    const all = candidates(kind)
    return (
      all.find(({ name }) => name === from.references[column]) ??
      all.find(({ app }) => app === from.app) ??
      all[0] ??
      none(kind)
    )
  }

  function noteColumns(kind: Kind, { name, columns, rows }: SourceTable) {
    const filled = columns.filter(
      (column) =>
        !COLUMNS[kind].includes(column) && rows.some((row) => (row[column] ?? null) !== null)
    )
    if (filled.length) notes.push(`${name} has columns that are left out: ${filled.join(', ')}`)
  }
}

const none = (kind: Kind): SourceTable => ({
  name: `no ${kind}`,
  app: '',
  columns: KINDS[kind],
  references: {},
  rows: [],
})

const fuller = (a: SourceTable, b: SourceTable) => b.rows.length - a.rows.length

const isOriginal = ({ app }: SourceTable) => app === 'oc_lettings_site'
