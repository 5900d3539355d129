import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { freePorts } from '../deploy/rehearsal/shell.ts'
import { ask } from './client.ts'

export const root = resolve(import.meta.dirname, '..')

/** Where data sets, logs and profiles are kept. */
export const folder = join(root, 'tmp/bench')
mkdirSync(folder, { recursive: true })

/** What the image starts: its environment and its command, read from the Dockerfile so that the two cannot part. */
function image() {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8').replaceAll('\\\n', '')
  const [, command] = /^CMD (\[.*\])$/m.exec(text)!
  const lines = [...text.matchAll(/^ENV (.+)$/gm)].map(([, line]) => line)
  // but what an argument of the build says
  const pairs = lines.join(' ').matchAll(/(\w+)=("[^"]*"|[^\s$]+)/g)
  const env = [...pairs].map(([, name, value]) => [name, value.replaceAll('"', '')])
  return {
    env: Object.fromEntries(env) as Record<string, string>,
    args: (JSON.parse(command) as string[]).slice(1),
  }
}

/** A process that was started here, on a port of its own. */
export interface Running {
  url: string
  child: ChildProcess
  /** Megabytes that are resident. */
  rss(): number
  /** Seconds of CPU used so far. */
  cpu(): number
  /** Ends it, gently at first; SIGKILL at once if told so. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

const started = new Set<ChildProcess>()
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Starts a program and keeps hold of it: it does not outlive this process. */
export function launch(
  program: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; stdio?: StdioOptions }
) {
  const child = spawn(program, args, options)
  started.add(child)
  child.once('exit', () => started.delete(child))
  return child
}

interface SiteOptions {
  /** The site's variables: its database, Sentry. */
  env: Record<string, string>
  /** A folder as `node ace build` makes it. */
  build?: string
  /** Node's own options in front of the image's. */
  flags?: string[]
  port?: number
}

/** Starts the site as the image does, all of its log going to a file, without waiting until it answers. */
export async function startSite(options: SiteOptions): Promise<Running> {
  const { env, args } = image()
  const port = options.port ?? (await freePorts())
  const file = join(folder, `site-${port}.log`)
  const log = openSync(file, 'a')
  const child = launch(process.execPath, [...(options.flags ?? []), ...args], {
    cwd: options.build ?? join(root, 'build'),
    env: {
      ...env,
      PATH: process.env.PATH,
      ENV_PATH: folder, // where no .env is
      APP_KEY: 'only-for-measuring',
      HOST: '127.0.0.1',
      APP_URL: 'https://lettings.example', // copies on different ports show the same pages
      PORT: String(port),
      ...options.env,
    },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  // a load of minutes would fill gigabytes
  const empty = setInterval(() => truncateSync(file), 20_000).unref()
  child.once('exit', (code) => {
    clearInterval(empty)
    if (code)
      console.error(`the site ended with ${code}: ${readFileSync(file, 'utf8').slice(-2_000)}`)
    rmSync(file)
  })
  return running(child, port)
}

/** Starts the peer, which gives these answers. */
export async function startBare(file: string): Promise<Running> {
  const port = await freePorts()
  const args = [join(root, 'bench/bare.js'), String(port), file]
  return running(launch(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }), port)
}

export function running(child: ChildProcess, port: number): Running {
  const proc = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, 'utf8')
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    rss: () => Number(/VmRSS:\s+(\d+)/.exec(proc('status'))![1]) / 1024,
    cpu() {
      // user and system time, in ticks of 10 ms, behind the name in brackets
      const fields = proc('stat').split(') ')[1].split(' ')
      return (Number(fields[11]) + Number(fields[12])) / 100
    },
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill(signal)
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await exit
      clearTimeout(late)
    },
  }
}

/** Waits until a page answers 200; fails if its process ends before, or after so many seconds. */
export async function answers({ url, child }: Running, path: string, seconds = 30) {
  const deadline = performance.now() + seconds * 1_000
  for (;;) {
    const answer = await ask(url + path, { agent: false }).catch(() => undefined)
    if (answer?.status === 200) return
    if (child.exitCode !== null) throw new Error(`it ended before ${path} answered`)
    if (performance.now() > deadline)
      throw new Error(`no 200 for ${path} within ${seconds} s, but ${answer?.status}`)
    await new Promise((wake) => setTimeout(wake, 1))
  }
}

/** Whether a program can be called. */
export const has = (program: string, ...args: string[]) =>
  spawnSync(program, args, { stdio: 'ignore' }).error === undefined
