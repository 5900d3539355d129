import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import SQLite from 'better-sqlite3'
import { freePorts, must, until } from '../../deploy/rehearsal/shell.ts'
import { dataSet, query, version } from '../data.ts'
import { folder, has, launch, running } from '../processes.ts'

/** The database of a soak. */
export interface Database {
  /** The site's variables for it. */
  env: Record<string, string>
  run(sql: string): Promise<unknown>
  restart?(signal: NodeJS.Signals, pause: number): Promise<void>
  stop(): Promise<void>
}

/** A MariaDB of the soak's own where that is installed, else SQLite's file. */
export async function startDatabase(size: number): Promise<Database> {
  const daemon = ['mariadbd', '/usr/sbin/mariadbd'].find((program) => has(program, '--version'))
  if (!daemon) {
    const env = await dataSet(size)
    const file = new SQLite(env.DB_FILE, { timeout: 5_000 })
    return { env, run: async (sql) => file.exec(sql), stop: async () => void file.close() }
  }
  const data = join(folder, 'soak-mariadb')
  const user = process.getuid!() === 0 ? ['--user=root'] : []
  rmSync(data, { recursive: true, force: true })
  await must('mariadb-install-db', [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    ...user,
  ])
  const number = await freePorts()
  const url = `mysql://root@127.0.0.1:${number}/soak`
  const run = (sql: string) => query(`${url}_${size}`, sql)
  const start = async () => {
    const options = [
      `--datadir=${data}`,
      `--port=${number}`,
      `--socket=${data}/socket`,
      '--bind-address=127.0.0.1',
    ]
    const child = launch(daemon, ['--no-defaults', ...options, ...user], { stdio: 'ignore' })
    await until('MariaDB', 60, () => version(url).catch(() => undefined))
    return running(child, number)
  }
  let server = await start()
  return {
    env: await dataSet(size, url),
    run,
    async restart(signal, pause) {
      await server.stop(signal)
      await sleep(pause)
      server = await start()
    },
    async stop() {
      await server.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
}
