import { spawn } from 'node:child_process'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Run {
  exit: number | null
  output: string
}

interface RunOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Ends the process, with everything that it started, by SIGKILL. */
  kill?: AbortSignal
}

/** Runs a program to its end and returns its exit code and whatever it printed. */
export function run(
  program: string,
  args: string[],
  { cwd, env, kill }: RunOptions = {}
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: kill !== undefined,
    })
    kill?.addEventListener('abort', () => process.kill(-child.pid!, 'SIGKILL'))
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk) => (output += chunk))
    child.on('error', reject)
    child.on('close', (exit) => resolve({ exit, output }))
  })
}

/** Runs a program that must succeed and returns what it printed. */
export async function must(program: string, args: string[], options?: RunOptions): Promise<string> {
  const { exit, output } = await run(program, args, options)
  if (exit !== 0)
    throw new Error(`${program} ${args.slice(0, 3).join(' ')} … ended with ${exit}:\n${output}`)
  return output.trim()
}

export const docker = (...args: string[]) => must('docker', args)

/** Removes the containers that a filter of `docker ps` lets through, with their own volumes. */
export async function removeContainers(filter: string) {
  const ids = await docker('ps', '--all', '--quiet', '--filter', filter)
  if (ids) await docker('rm', '--force', '--volumes', ...ids.split('\n'))
}

/** Looks again and again until something is there; fails with its name when the time is over. */
export async function until<T>(
  what: string,
  seconds: number,
  check: () => Promise<T | false | undefined>
): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const found = await check()
    if (found) return found
    if (performance.now() > deadline) throw new Error(`no ${what} within ${seconds} s`)
    await sleep(100)
  }
}

/** So many TCP ports in a row of the loopback that nothing listens on; returns the first. */
export async function freePorts(count = 1): Promise<number> {
  const listen = (port: number) =>
    new Promise<Server | undefined>((resolve) => {
      const server = createServer().on('error', () => resolve(undefined))
      server.listen(port, '127.0.0.1', () => resolve(server))
    })
  return until(`${count} free ports in a row`, 10, async () => {
    const servers = [await listen(0)]
    const { port } = servers[0]!.address() as AddressInfo
    while (servers.length < count && port + count < 65_536)
      servers.push(await listen(port + servers.length))
    const free = servers.length === count && !servers.includes(undefined)
    await Promise.all(
      servers.map((server) => server && new Promise((resolve) => server.close(resolve)))
    )
    return free && port
  })
}
