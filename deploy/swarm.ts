import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'
import { withFolder } from './folder.ts'
import { fileOf } from './history.ts'
import { Failure, say } from './output.ts'
import type { Target } from './road.ts'
import type { Platform } from './watch.ts'

interface SwarmSettings {
  image: string
  stack: string
}

/** What `docker service inspect` tells of a service, as far as it matters here. */
export interface Service {
  Version: { Index: number }
  Spec: { TaskTemplate: { ContainerSpec: { Image: string } } }
  UpdateStatus?: { State: string; Message: string }
}

/** A swarm as a target: its manager, which the docker client reaches by DOCKER_HOST, gets the stack and tells what becomes of it. */
export function swarm({ image, stack }: SwarmSettings): Target {
  if (!existsSync('.env'))
    throw new Failure(
      'nothing was touched: there is no .env, which the stack gets its configuration and secrets from',
      2
    )
  const service = `${stack}_web`
  return {
    name: 'the swarm',
    rollback: 'rollback-swarm',
    async ask(release) {
      const before = await inspect(service)
      await deployStack(stack, image, release).catch(async (error) => {
        // the services get it one after the other, and what has reached the copies goes on
        const now = await inspect(service)
        const reached = now && now.Version.Index !== before?.Version.Index
        if (!reached || releaseOf(now.Spec.TaskTemplate.ContainerSpec.Image) !== release)
          throw error
        say(
          `${error.message}. ${service} has it by then, so Swarm goes on: deploy it once more for the rest`
        )
      })
      const last: Record<string, string | undefined> = {}
      const news = (name: string, { UpdateStatus: status }: Service) => {
        const changed = status?.State !== last[name]
        if (status && changed) say(`Swarm's record of ${name}: ${status.State} (${status.Message})`)
        last[name] = status?.State
        return changed
      }
      return async () => {
        const [web, proxy] = await Promise.all([inspect(service), inspect(`${stack}_proxy`)])
        // who cannot be asked just now may be in the middle of it
        if (!web || !proxy) return 'rolling'
        const changed = news(service, web)
        news(`${stack}_proxy`, proxy)
        const verdict = platform(web, release, proxy)
        if (changed && (verdict === 'failed' || verdict === 'rolled back'))
          for (const line of await failures(service, release)) say(`  ${line}`)
        return verdict
      }
    },
  }
}

/**
 * What Swarm's record of the copies, and of the proxies before them, means for the release that was asked for; nothing where no
 * update is on record, as after the first deploy.
 */
export function platform(
  { Spec, UpdateStatus }: Service,
  wanted: string,
  proxy?: Service
): Platform | undefined {
  const state = UpdateStatus?.State
  const release = releaseOf(Spec.TaskTemplate.ContainerSpec.Image)
  if (release !== wanted && !state?.startsWith('rollback_')) return 'replaced'
  if (state === 'rollback_completed' && release !== wanted) return 'rolled back'
  if (state === 'paused' || state === 'rollback_paused') return 'failed'
  if (state && !state.endsWith('completed')) return 'rolling'
  const beside = proxy?.UpdateStatus?.State
  if (beside && beside !== 'completed') return beside === 'updating' ? 'rolling' : 'degraded'
  return state ? 'live' : undefined
}

/** An image's tag, which Swarm keeps together with the digest that it found under it. */
const releaseOf = (image: string) => image.split('@')[0].split(':').at(-1)!

/** What the stack's variables stand for: what .env says, unless the environment says something else. An empty one is unset. */
export function variables(dotenv: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const said = Object.entries(environment).filter(([, value]) => value)
  return { ...parseEnv(dotenv), ...Object.fromEntries(said) }
}

/** Hands the stack over as that commit has it, with the release and what .env says in the place of the variables. */
async function deployStack(stack: string, image: string, release: string) {
  const text = await readFile('.env', 'utf8')
  await withFolder(async (folder) => {
    // both files are looked for beside the first compose file
    const proxy = await fileOf(release, 'deploy/swarm/haproxy.cfg')
    await writeFile(join(folder, 'haproxy.cfg'), proxy)
    // docker takes the quotes around a value, and a comment behind it, for a part of it
    const lines = Object.entries(parseEnv(text)).map(([name, value]) => `${name}=${value}\n`)
    await writeFile(join(folder, '.env'), lines.join(''))
    const files = ['docker-compose.yml', 'deploy/swarm/stack.yml']
    const args = ['stack', 'deploy', '--with-registry-auth']
    for (const [i, file] of files.entries()) {
      // older clients want a version, Compose wants none
      const content = await fileOf(release, file)
      await writeFile(join(folder, `${i}.yml`), `version: '3.9'\n${content}`)
      args.push('--compose-file', join(folder, `${i}.yml`))
    }
    const hash = createHash('sha256').update(proxy).digest('hex').slice(0, 12)
    const env = {
      ...variables(text, process.env),
      IMAGE: image,
      RELEASE: release,
      PROXY_CONFIG: hash,
    }
    const { stdout, stderr } = await docker([...args, stack], env).catch((error) => {
      throw new Failure(`docker stack deploy: ${(error.stderr || error.message).trim()}`)
    })
    for (const line of `${stdout}${stderr}`.trim().split('\n')) say(`docker: ${line}`)
  })
}

/** A failure to answer is no verdict, so it counts as not knowing. */
async function inspect(service: string): Promise<Service | undefined> {
  try {
    const { stdout } = await docker(['service', 'inspect', '--format', '{{json .}}', service])
    return JSON.parse(stdout)
  } catch {
    return undefined
  }
}

/** Why the last copies of a release ended, one line each. */
async function failures(service: string, release: string): Promise<string[]> {
  const format = '{{.Image}}\t{{.Name}} on {{.Node}}: {{.CurrentState}} {{.Error}}'
  const { stdout } = await docker([
    'service',
    'ps',
    '--no-trunc',
    '--format',
    format,
    service,
  ]).catch(() => ({ stdout: '' }))
  const lines = stdout.split('\n').map((line) => line.split('\t'))
  return lines.flatMap(([image, line]) => (releaseOf(image) === release ? [line] : [])).slice(0, 5)
}

const docker = (args: string[], env = process.env) =>
  promisify(execFile)('docker', args, { env, encoding: 'utf8', timeout: 120_000 })
