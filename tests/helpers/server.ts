import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import app from '@adonisjs/core/services/app'
import { getActiveTest } from '@japa/runner'
import type { Group } from '@japa/runner/core'
import SQLite from 'better-sqlite3'
import { until } from '#tests/helpers/until'
import { freePorts } from '../../deploy/rehearsal/shell.ts'

async function makeFolder() {
  await mkdir(app.tmpPath(), { recursive: true })
  return mkdtemp(app.tmpPath('test-'))
}
const remove = (folder: string) => rm(folder, { recursive: true, force: true })

/** A folder for one test, removed after it. */
export async function givenFolder() {
  const folder = await makeFolder()
  getActiveTest()?.cleanup(() => remove(folder))
  return folder
}

/** A PATH on which these shell scripts, by their names, stand before all programs. */
export async function givenPrograms(scripts: Record<string, string>) {
  const bin = await givenFolder()
  for (const [name, script] of Object.entries(scripts))
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return `${bin}:${process.env.PATH}`
}

/** A server that answers as told for as long as the test runs; its address. */
export async function givenHttpServer(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  getActiveTest()?.cleanup(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server that is ready before the first test of a group, for all of them: starting one takes most of a short test's time. */
export function withServer(group: Group, env?: Record<string, string>) {
  let server: Awaited<ReturnType<typeof spawnServer>>
  group.setup(async () => {
    server = await spawnServer(env)
    await server.answers('/health/ready', 200)
    return server.stop
  })
  return () => server
}

/** A server on SQLite that is ready before this SQL breaks its database. */
export async function givenBroken(sql: string, env: Record<string, string> = {}) {
  const file = join(await givenFolder(), 'broken.sqlite3')
  const server = await spawnServer({ ...env, DB_FILE: file })
  await server.answers('/health/ready', 200)
  const database = new SQLite(file)
  database.exec(sql)
  database.close()
  return server
}

/** A server in a process of its own, with nothing in its environment but what is given; killed after the test. */
export async function spawnServer(env: Record<string, string | undefined> = {}) {
  const folder = await makeFolder()
  const port = await freePorts()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, ['--import=@poppinss/ts-exec', 'bin/server.ts'], {
    cwd: app.makePath(),
    env: {
      PATH: process.env.PATH,
      NODE_V8_COVERAGE: process.env.NODE_V8_COVERAGE,
      NODE_ENV: 'production',
      ENV_PATH: folder, // where no .env is
      APP_KEY: 'a-key-of-the-tests-own',
      // in a folder that a new site does not have yet
      DB_FILE: join(folder, 'data/site.sqlite3'),
      PORT: String(port),
      ...env,
    },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  child.stderr.on('data', (chunk) => (output.stderr += chunk))
  const exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const stop = async () => {
    // asked first, for only a process that ends by itself leaves its coverage
    child.kill('SIGTERM')
    await Promise.race([exit, setTimeout(5_000)])
    child.kill('SIGKILL')
    await exit
    await remove(folder)
  }
  getActiveTest()?.cleanup(stop)

  const status = async (path: string) => {
    const response = await fetch(url + path, { redirect: 'manual' })
    return response.status
  }
  return {
    child,
    port,
    url,
    output,
    exit,
    stop,
    status,
    answers: (path: string, expected: number, seconds?: number) =>
      until(
        `${expected} for ${path}\n${output.stdout}${output.stderr}`,
        async () => (await status(path)) === expected,
        seconds
      ),
  }
}
