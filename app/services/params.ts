import { errors } from '@adonisjs/core/http'
import { MAX_ID, USERNAME } from '#validators/rules'

const notFound = (path: string) => new errors.E_ROUTE_NOT_FOUND(['GET', path])

/** A row's id from a URL, in the one way to write it; anything else is a page that does not exist. */
export function parseId(text: string): number {
  const id = Number(text)
  if (!/^[1-9]\d{0,9}$/.test(text) || id > MAX_ID) throw notFound(text)
  return id
}

/** A page number from a query string, 1 where there is none; anything else is a page that does not exist. */
export function parsePage(text: unknown): number {
  if (text === undefined) return 1
  if (typeof text !== 'string') throw notFound('page')
  return parseId(text)
}

/** A username as Django's rules have it: letters and digits of any script and @ . + - _, composed (NFKC), at most 150. */
export function parseUsername(text: string): string {
  const username = text.normalize('NFKC')
  if (!USERNAME.test(username)) throw notFound(text)
  return username
}
