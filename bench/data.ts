import { existsSync } from 'node:fs'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import { createConnection } from 'mysql2/promise'
import { must } from '../deploy/rehearsal/shell.ts'
import { folder, root } from './processes.ts'

/**
 * A database of the original site's rows and so many lettings more; made once, then kept: on SQLite under tmp/bench, on MySQL in
 * {database}_{size} of the server that `url` (mysql://…) names. Returns the site's variables for it.
 */
export async function dataSet(size: number, url?: string, build = join(root, 'build')) {
  const env: Record<string, string> = url
    ? { DB_CONNECTION: 'mysql', DB_URL: `${url}_${size}` }
    : { DB_CONNECTION: 'sqlite', DB_FILE: join(folder, `lettings-${size}.sqlite3`) }
  // profiles are planted last, a tenth as many
  if ((await profiles(env)) >= size / 10) return env

  console.error(`planting ${size.toLocaleString('en')} lettings in ${env.DB_FILE ?? 'MySQL'}, once`)
  if (url) await createDatabase(url, size)
  const ace = (...args: string[]) =>
    must(process.execPath, ['ace.js', ...args], {
      cwd: build,
      env: {
        ...env,
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        ENV_PATH: folder,
        APP_KEY: 'only-for-measuring',
      },
    })
  await ace('migration:run', '--force')
  await ace('db:seed', '--demo', String(size))
  return env
}

async function profiles({ DB_FILE, DB_URL }: Record<string, string>): Promise<number> {
  try {
    if (DB_URL) {
      const { count } = await query(DB_URL, 'select count(*) as count from profiles')
      return count
    }
    if (!existsSync(DB_FILE)) return 0
    const database = new SQLite(DB_FILE, { readonly: true })
    const found = database.prepare('select count(*) from profiles').pluck().get() as number
    database.close()
    return found
  } catch (error: any) {
    if (/no such table/.test(error.message) || /ER_NO_SUCH_TABLE|ER_BAD_DB_ERROR/.test(error.code))
      return 0
    throw error
  }
}

async function createDatabase(url: string, size: number) {
  const server = new URL(url)
  const name = `${server.pathname.slice(1)}_${size}`
  server.pathname = '/'
  await query(server.href, `create database if not exists \`${name}\``)
}

/** The name and version of a MySQL or MariaDB, such as "MariaDB 10.11". */
export async function version(url: string) {
  const server = new URL(url)
  server.pathname = '/'
  const { found } = await query(server.href, 'select version() as found')
  return `${/mariadb/i.test(found) ? 'MariaDB' : 'MySQL'} ${Number.parseFloat(found)}`
}

/** The first row that a statement gives on a connection of its own. */
export async function query(url: string, sql: string) {
  const connection = await createConnection(url)
  const [rows]: any = await connection.query(sql).finally(() => connection.destroy())
  return rows[0]
}
