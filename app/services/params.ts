import { errors } from '@adonisjs/core/http'

/** A username after NFKC: letters and digits of any script and @ . + - _, as Django has it. */
export const USERNAME = /^[\p{L}\p{M}\p{N}_@.+-]{1,150}$/u

/** The largest id that both databases hold. */
export const MAX_ID = 2 ** 31 - 1

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

/** A username from a URL, composed (NFKC); what can be none is a page that does not exist. */
export function parseUsername(text: string): string {
  const username = text.normalize('NFKC')
  if (!USERNAME.test(username)) throw notFound(text)
  return username
}
