/** What the container tests know of Docker: everything that they start carries a label, by which it is removed again. */
import { until as poll } from '#tests/helpers/until'
import type { Assert } from '@japa/assert'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = `oc-lettings-test-${process.pid}`
const label = ['--label', `oc-lettings-test=${run}`]

/** An image of this run alone, with a release that no other image reports. */
export const release = `test-${process.pid}-${Date.now()}`
const name = 'oc-lettings-site-test'
export const image = `${name}:${release}`
export const APP_KEY = 'only-for-the-tests-0123456789abcdef'

/** A Compose project's name, so that what it starts is removed too. */
export const project = run

/** What a program gets to see of the environment: nothing of the tests' own settings. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([key]) => /^(PATH|HOME|DOCKER_\w+)$/.test(key))
)

/** Runs a program and returns what it printed; throws with what it complained about. */
export async function execute(
  file: string,
  args: string[],
  cwd = '.',
  env: NodeJS.ProcessEnv = {}
) {
  const options = { cwd, env: { ...environment, ...env }, maxBuffer: 2 ** 28 }
  const { stdout } = await promisify(execFile)(file, args, options)
  return stdout.trim()
}

/** Runs a docker command. */
export const docker = (...args: string[]) => execute('docker', args)

let building: Promise<string> | undefined

/** Builds the image by `make build`, once. It goes with this process, but for its layers, which stay as a cache. */
export function build() {
  if (!building) {
    process.once('exit', () => {
      removeAll()
      spawnSync('docker', ['image', 'rm', '--force', image, `${name}:latest`])
    })
    process.once('SIGINT', () => process.exit(130))
  }
  return (building ??= execute('make', ['build', `IMAGE=${name}`, `RELEASE=${release}`]))
}

/** Removes what the tests started themselves. */
export const removeStarted = () => remove(`oc-lettings-test=${run}`)

/** Removes what the tests and Compose started. */
export function removeAll() {
  removeStarted()
  remove(`com.docker.compose.project=${project}`)
}

function remove(marked: string) {
  const list = (...args: string[]) => {
    const filter = ['--quiet', '--filter', `label=${marked}`]
    return spawnSync('docker', [...args, ...filter], { encoding: 'utf8' }).stdout.match(/\S+/g)
  }
  for (const [found, ...command] of [
    [list('ps', '--all'), 'rm', '--force', '--volumes'],
    [list('network', 'ls'), 'network', 'rm'],
    [list('volume', 'ls'), 'volume', 'rm'],
  ] as [string[] | null, ...string[]][]) {
    if (found) spawnSync('docker', [...command, ...found])
  }
}

/** Containers take longer than processes. */
export const until = <T>(what: string, ask: () => Promise<T | false | undefined>) =>
  poll(what, ask, 60)

export async function network() {
  const id = `${run}-${Math.random().toString(36).slice(2)}`
  await docker('network', 'create', ...label, id)
  return id
}

export async function volume() {
  return docker('volume', 'create', ...label)
}

type Options = {
  env?: Record<string, string | number>
  /** More flags of `docker run`. */
  flags?: string[]
  command?: string[]
}

/** A container of the image, locked down as far as the image allows. */
export class Container {
  constructor(readonly id: string) {}

  static async start({ env = { APP_KEY }, flags = [], command = [] }: Options = {}) {
    const variables = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`])
    const locks = [
      '--read-only',
      '--tmpfs',
      '/tmp',
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
    ]
    const ports = ['--publish', '127.0.0.1::8000']
    return new Container(
      await docker(
        'run',
        '--detach',
        ...label,
        ...locks,
        ...ports,
        ...variables,
        ...flags,
        image,
        ...command
      )
    )
  }

  /** The same, once the site in it is ready. */
  static async serve(options?: Options) {
    const container = await Container.start(options)
    await until(
      'the site to be ready',
      async () => (await container.status('/health/ready')) === 200
    )
    return container
  }

  /** The site's answer, and its text. */
  async get(path: string, headers: Record<string, string> = {}) {
    const addresses = await docker('port', this.id, '8000')
    const [address] = addresses.split('\n')
    const signal = AbortSignal.timeout(10_000)
    const response = await fetch(`http://${address}${path}`, {
      signal,
      redirect: 'manual',
      headers,
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  async status(path: string) {
    const { status } = await this.get(path)
    return status
  }

  /** Runs a command in the container. */
  exec(...command: string[]) {
    return docker('exec', this.id, ...command)
  }

  /** Everything that it has written to stdout and stderr. */
  async logs() {
    const { stdout, stderr } = await promisify(execFile)('docker', ['logs', this.id])
    return stdout + stderr
  }

  kill(signal: 'SIGTERM' | 'SIGKILL') {
    return docker('kill', '--signal', signal, this.id)
  }

  /** Its exit code, once it has ended by itself. */
  async exitCode() {
    return Number(await docker('wait', this.id))
  }

  async inspect(format: string) {
    return docker('inspect', '--format', format, this.id)
  }
}

/** Visitors of a site in a network, asking for its pages all the time; `leave` ends them and says what they got. */
export async function visitors(
  networkName: string,
  origin: string,
  options: { heed?: boolean } = {}
) {
  const script = readFileSync(new URL('visitors.js', import.meta.url), 'utf8')
  const child = spawn('docker', [
    ...['run', '--rm', '--interactive', '--network', networkName, ...label, image],
    ...['node', '--input-type=module', '--eval', script, origin, options.heed ? 'heed' : ''],
  ])
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.pipe(process.stderr)
  await until('visitors', async () => output.includes('arrived'))
  return {
    met: (status: number) => output.split('\n').includes(String(status)),
    async leave(): Promise<Record<string, number>> {
      child.stdin.end()
      await until('the visitors to leave', async () => child.exitCode !== null)
      return JSON.parse(output.split('\n').at(-2)!)
    },
  }
}

/** Asserts that of all these containers one migrated and seeded, and no other did anything of it again. */
export async function assertPreparedOnce(assert: Assert, containers: Container[]) {
  const logs = await Promise.all(containers.map((container) => container.logs()))
  const events = logs.flatMap((log) => log.match(/"migration":"[^"]+"|seeded the empty database/g))
  const done = events.filter((event) => event !== null)
  assert.include(done, 'seeded the empty database')
  assert.isAbove(done.length, 1)
  assert.sameMembers(done, [...new Set(done)])
}

/** A registry to push to, as host:port. */
export async function startRegistry() {
  const id = await docker('run', '--detach', '--publish', '127.0.0.1::5000', ...label, 'registry:2')
  const address = await docker('port', id, '5000')
  await until('the registry', () => fetch(`http://${address}/v2/`).then(({ ok }) => ok))
  return address
}

/** A Debian with nothing on it but Node: the image that the site's is made of. */
export const startDebian = async () =>
  new Container(
    await docker('run', '--detach', ...label, 'node:24-bookworm-slim', 'sleep', 'infinity')
  )
