import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import app from '@adonisjs/core/services/app'
import ace from '@adonisjs/core/services/ace'
import db from '@adonisjs/lucid/services/db'
import type { Group } from '@japa/runner/core'
import { sqliteFile } from '#config/database'
import OriginalSeeder from '#database/seeders/original_seeder'
import { assertInStep } from '#tests/helpers/listings'

/** Each test of the group begins with the original rows and leaves lists and searches in step; the group leaves them behind. */
export function withOriginalRows(group: Group) {
  group.each.setup(seedOriginalRows)
  group.each.teardown(assertInStep)
  group.teardown(seedOriginalRows)
}

async function seedOriginalRows() {
  await emptyTables()
  await new OriginalSeeder(db.connection()).run()
}

/** Whether the database refuses what its checks refuse, whoever asks: MySQL, where MariaDB and SQLite can be told not to. */
export async function insistsOnChecks() {
  if (db.primaryConnectionName !== 'mysql') return false
  const [[{ version }]] = await db.rawQuery('select version() as version')
  return !/mariadb/i.test(version)
}

/** Whether a query on MySQL is under way for longer than one takes here. */
export async function somebodyWaits() {
  const [found] = await db.rawQuery(`select id from information_schema.processlist
    where db = database() and id <> connection_id() and command = 'Query' and time > 0`)
  return found.length > 0
}

export async function emptyTables() {
  await db.from('users').delete()
  await db.from('addresses').delete()
}

/** In how many pieces SQLite has the words of lettings. */
export async function piecesOfWords() {
  const [{ count }] = await db.rawQuery(
    'select count(distinct segid) as count from listing_words_idx'
  )
  return count
}

/** Makes these several, which SQLite joins now and then. */
export async function partWords() {
  while ((await piecesOfWords()) < 2)
    await db
      .from('lettings')
      .where('id', 1)
      .update({ title: db.raw('title') })
}

/** Runs a command in this process. */
export async function run(command: string, ...args: string[]) {
  ace.ui.switchMode('raw')
  ace.ui.logger.flushLogs()
  let exitCode: number | undefined
  let error: any
  try {
    const done = await ace.exec(command, args)
    exitCode = done.exitCode
  } catch (thrown) {
    error = thrown
    exitCode = error.code === 'E_USAGE' ? 2 : 1
  }
  const lines = ace.ui.logger.getLogs().map(({ message }) => message)
  ace.ui.switchMode('normal')
  return { exitCode, lines, output: [...lines, ...(error ? [error.message] : [])].join('\n') }
}

/** Has commands ask, as on a terminal; returns how to have them not. */
export function givenTerminal() {
  const { isTTY } = process.stdin
  process.stdin.isTTY = true
  return () => void (process.stdin.isTTY = isTTY)
}

/** Runs a command with `--json` and returns what it prints. */
export async function runJson(command: string, ...args: string[]) {
  const { lines } = await run(command, ...args, '--json')
  return JSON.parse(lines.at(-1)!)
}

/** Starts a command in a process of its own, on the tests' database. */
export const start = (...args: string[]) => startWith({}, ...args)

/** Starts a command in a process of its own, with these variables. */
export function startWith(env: NodeJS.ProcessEnv, ...args: string[]) {
  const child = spawn(process.execPath, ['ace.js', ...args], {
    cwd: app.makePath(),
    env: { ...process.env, NODE_ENV: 'test', DB_FILE: sqliteFile, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ended = Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]).then(([stdout, stderr, exitCode]) => ({ stdout, stderr, exitCode }))
  return { child, ended }
}

/** Runs a command in a process of its own, with this as its standard input. */
export function runWithInput(input: string, ...args: string[]) {
  const { child, ended } = start(...args)
  child.stdin.end(input)
  return ended
}

/** A folder of a group's own, with a way to write files in it. */
export function withFolder(group: Group) {
  let folder = ''
  group.setup(async () => {
    await mkdir(app.tmpPath(), { recursive: true })
    folder = await mkdtemp(app.tmpPath('console-'))
  })
  group.teardown(() => rm(folder, { recursive: true, force: true }))
  return {
    path: (name: string) => join(folder, name),
    async write(name: string, contents: string | Buffer) {
      await writeFile(join(folder, name), contents)
      return join(folder, name)
    },
  }
}

/** All lettings with their addresses, and all profiles with their users, in the order of their ids. */
export async function everything() {
  const lettings = await db
    .from('lettings')
    .join('addresses', 'addresses.id', 'lettings.address_id')
    .select(
      'lettings.id',
      'title',
      'number',
      'street',
      'city',
      'state',
      'zip_code',
      'country_iso_code'
    )
    .orderBy('lettings.id')
  const profiles = await db
    .from('profiles')
    .join('users', 'users.id', 'profiles.user_id')
    .select('profiles.id', 'username', 'first_name', 'last_name', 'email', 'favorite_city')
    .orderBy('profiles.id')
  return {
    lettings: lettings.map((row) => ({ ...row })),
    profiles: profiles.map((row) => ({ ...row })),
  }
}
