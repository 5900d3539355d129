import { readFileSync } from 'node:fs'
import { Secret } from '@adonisjs/core/helpers'
import { compile } from 'proxy-addr'
import { isDsn } from './dsn.js'

/** A rule takes a variable's name and raw text, and returns its value or throws a message that names it. */
type Rule<T> = (name: string, value?: string) => T

const optional =
  <T>(parse: (name: string, value: string) => T): Rule<T | undefined> =>
  (name, value) =>
    value ? parse(name, value) : undefined

/** An integer from min to max, in plain decimal digits. */
export const integer = (min: number, max: number) =>
  optional((name, value) => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new Error(`${name} must be an integer from ${min} to ${max}, not "${value}"`)
    }
    return number
  })

/** An http(s) origin: nothing behind host and port. */
export const origin = optional((name, value) => {
  const url = URL.parse(value)
  if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new Error(
      `${name} must be like https://example.com, with nothing after the host, not "${value}"`
    )
  }
  return url.origin
})

/** What Sentry calls a DSN: https://key@host/project. The message leaves the value out. */
export const dsn = optional((name, value) => {
  if (!isDsn(value)) throw new Error(`${name} must be like https://key@host/project`)
  return value
})

/** A number from 0 to 1. */
export const share = optional((name, value) => {
  const number = Number(value)
  if (!(number >= 0 && number <= 1)) {
    throw new Error(`${name} must be a number from 0 to 1, not "${value}"`)
  }
  return number
})

/** mysql://user:password@host:port/database, taken apart; the message leaves the value out, for it holds a password. */
export const mysqlUrl = optional((name, value) => {
  if (value.includes('?'))
    throw new Error(`${name} must end with the database: DB_TLS=true is what encrypts, no query`)
  try {
    const { protocol, hostname, port, username, password, pathname } = new URL(value)
    const host = hostname.replace(/^\[|\]$/g, '')
    const database = decodeURIComponent(pathname.slice(1))
    if (!/^(mysql|mariadb):$/.test(protocol) || !host || !database) throw new Error('incomplete')
    const user = decodeURIComponent(username)
    return {
      host,
      port: Number(port || 3306),
      user,
      password: decodeURIComponent(password),
      database,
    }
  } catch {
    throw new Error(
      `${name} must be like mysql://user:password@host:3306/database, its special characters %-encoded`
    )
  }
})

/** MySQL URLs with commas or spaces between them; none, if there is nothing between these. */
export const mysqlUrls = optional((name, value) => {
  const urls = value.split(/[\s,]+/).filter(Boolean)
  return urls.map((url) => mysqlUrl(name, url)!)
})

/** redis://user:password@host:port/number, or rediss:// over TLS; the message leaves the value out, for it may hold a password. */
export const redisUrl = optional((name, value) => {
  try {
    const { protocol, hostname, pathname } = new URL(value)
    if (!hostname || !/^rediss?:$/.test(protocol) || !/^(\/\d*)?$/.test(pathname)) {
      throw new Error('incomplete')
    }
    // as the client will
    decodeURIComponent(value)
    return value
  } catch {
    throw new Error(
      `${name} must be like redis://user:password@host:6379/0, its special characters %-encoded`
    )
  }
})

/** The contents of a readable text file. */
export const file = optional((name, value) => {
  try {
    return readFileSync(value, 'utf8')
  } catch (error) {
    throw new Error(`${name} names a file that cannot be read: ${(error as Error).message}`)
  }
})

/** A comma-separated list of addresses, CIDR ranges and proxy-addr's names for them, as a predicate on addresses. */
export const proxies = optional((name, value) => {
  try {
    const items = value.split(',').map((item) => item.trim())
    // an old way to write an address, which who means a number of proxies would not notice
    const number = items.find((item) => /^\d+$/.test(item))
    if (number) throw new Error(`invalid IP address: ${number}`)
    return compile(items)
  } catch (error) {
    throw new Error(`${name} must list addresses or ranges: ${(error as Error).message}`)
  }
})

/** A required secret of at least this many characters, which no message or log shows. */
export const secret =
  (length: number): Rule<Secret<string>> =>
  (name, value) => {
    if (!value) throw new Error(`${name} is missing; \`node ace generate:key --show\` makes one`)
    if (value.length < length) throw new Error(`${name} must have at least ${length} characters`)
    return new Secret(value)
  }

/** A secret that may be left out, of at least this many characters, which no message or log shows. */
export const optionalSecret = (length: number) => optional(secret(length))
