import { errors } from '@adonisjs/core/http'
import { MAX_ID, USERNAME } from '#validators/rules'

export const notFound = (path: string) => new errors.E_ROUTE_NOT_FOUND(['GET', path])

/** A row's id from a URL, in the one way to write it; anything else is a page that does not exist. */
export function parseId(text: string): number {
  const id = Number(text)
  if (!/^[1-9]\d{0,9}$/.test(text) || id > MAX_ID) throw notFound(text)
  return id
}

/** What was found, or else a page that does not exist. */
export function found<T>(row: T | undefined, path: string): T {
  if (!row) throw notFound(path)
  return row
}

/** A username as Django's rules have it: letters and digits of any script and @ . + - _, composed (NFKC), at most 150. */
export function parseUsername(text: string): string {
  const username = text.normalize('NFKC')
  if (!USERNAME.test(username)) throw notFound(text)
  return username
}
