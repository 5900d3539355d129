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
  const count = 'select count(*) as count from profiles'
  try {
    if (DB_URL) {
      const connection = await createConnection(DB_URL)
      const [[row]] = (await connection.query(count)) as any
      await connection.end()
      return row.count
    }
    if (!existsSync(DB_FILE)) return 0
    const database = new SQLite(DB_FILE, { readonly: true })
    const found = database.prepare(count).pluck().get() as number
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
  const connection = await createConnection(server.href)
  await connection.query(`create database if not exists \`${name}\``)
  await connection.end()
}
