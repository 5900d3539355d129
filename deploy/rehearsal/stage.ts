import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { masked, say } from '../output.ts'
import { look } from '../site.ts'
import { short } from '../watch.ts'
import { docker, removeContainers, run, until, type Run } from './shell.ts'
import { Releases } from './releases.ts'
import { Traffic } from './traffic.ts'

/** Requests that each scene must have seen, not one of them failed. */
const REQUESTS = 3_000

/** Plays one call of the deployer, as a person or the workflow makes it: its name in the table, and what has to come of it. */
export type Scene = (
  name: string,
  live: string,
  exit: number,
  says: RegExp,
  play: () => Promise<Run>
) => Promise<void>

/** Everything that the rehearsal puts up on this machine, and takes down again whatever happens. */
export class Stage {
  readonly label = `oc-lettings.rehearsal=${process.pid}`
  readonly folder = mkdtempSync(join(tmpdir(), 'oc-lettings-rehearsal-'))
  readonly network = `oc-lettings-rehearsal-${process.pid}`
  /** The cells of the table, a scene a row. */
  readonly rows: string[][] = []
  #undo: (() => unknown)[] = [() => rmSync(this.folder, { recursive: true, force: true })]

  /** Notes what undoes a step; steps are undone last to first. */
  undoing(undo: () => unknown) {
    this.#undo.unshift(undo)
  }

  async strike() {
    const undo = this.#undo
    this.#undo = []
    for (const step of undo) {
      try {
        await step()
      } catch (error) {
        say(`left behind: ${(error as Error).message}`)
      }
    }
  }

  /** Ends a program when the rehearsal is over, if it has not ended by then. */
  keep(child: ChildProcess) {
    this.undoing(async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode === null && child.kill('SIGTERM')) await ended
    })
  }

  /** A registry of its own, on a free port of the loopback, and the releases that will be pushed to it. */
  async releases(project: string) {
    this.undoing(() => removeContainers(`label=${this.label}`))
    const port = await this.runService('registry:2', '5000', [])
    await until('registry', 20, () =>
      fetch(`http://127.0.0.1:${port}/v2/`).then(
        (answer) => answer.ok,
        () => false
      )
    )
    const releases = new Releases(this.folder, `127.0.0.1:${port}/oc-lettings-site`)
    this.undoing(() => releases.remove())
    await releases.prepare(project)
    return releases
  }

  /** A database in a network of its own; returns what a copy needs to be run beside it. */
  async database() {
    await docker('network', 'create', '--label', this.label, this.network)
    this.undoing(() => docker('network', 'rm', this.network))
    this.undoing(() => removeContainers(`network=${this.network}`))
    const password = 'rehearsal'
    const variables = {
      MARIADB_ROOT_PASSWORD: password,
      MARIADB_USER: 'site',
      MARIADB_PASSWORD: password,
      MARIADB_DATABASE: 'site',
    }
    const name = `${this.network}-database`
    await this.runService('mariadb:10.11', undefined, [
      '--network',
      this.network,
      '--name',
      name,
      ...flagsOf(variables),
    ])
    const healthy = () =>
      run('docker', ['exec', name, 'healthcheck.sh', '--connect', '--innodb_initialized'])
    await until('database', 90, async () => await healthy().then(({ exit }) => exit === 0))
    const url = `mysql://site:${password}@${name}:3306/site`
    const environment = {
      APP_KEY: 'rehearsal'.repeat(4),
      DB_CONNECTION: 'mysql',
      DB_URL: url,
      LOG_LEVEL: 'warn',
      DB_POOL_MAX: '4',
    }
    return ['--label', this.label, '--network', this.network, ...flagsOf(environment)]
  }

  /** Plays scenes of a target under traffic, and compares what came of each with what was expected. */
  scenes(target: string, siteUrl: string, secrets: string[]): Scene {
    return async (name, live, expected, says, play) => {
      const before = await look(siteUrl)
      const traffic = new Traffic(siteUrl)
      let result: Run
      let seconds: number
      try {
        // the very first deploy has no visitors before it is done
        if (before.kind === 'ready') traffic.begin()
        const began = performance.now()
        result = await play()
        seconds = (performance.now() - began) / 1000
        traffic.begin()
        await traffic.reaches(REQUESTS)
      } finally {
        await traffic.stop()
      }

      const { exit, output } = result
      const sights = []
      for (let i = 0; i < 4; i++) sights.push(await look(siteUrl))
      const lives = [
        ...new Set(sights.map((sight) => ('release' in sight ? sight.release : sight.why))),
      ].join(' and ')
      const { requests, assets, failed, failures } = traffic
      const wrong = [
        exit !== expected && `exit code ${exit} instead of ${expected}`,
        lives !== live && `${short(lives)} is live instead of ${short(live)}`,
        !says.test(output) && `the output does not say ${says}`,
        ...secrets.map((secret) => output.includes(secret) && 'the output shows a secret'),
        assets === 0 && 'no page named an asset',
        failed > 0 && `${failed} of ${requests} requests failed:\n    ${failures.join('\n    ')}`,
      ].filter((trouble) => trouble !== false)
      const outcome = wrong.length
        ? 'WRONG'
        : `exit ${exit}, ${says.exec(output)![0].split('\n')[0]}`
      const took = seconds.toFixed(1)
      this.rows.push([name, target, short(live), outcome, took, String(requests), String(failed)])
      say(
        `${wrong.length ? 'WRONG' : 'right'}: ${target}, ${name} (${took} s, ${requests} requests, ${failed} failed)`
      )
      if (wrong.length)
        throw new Error(
          `${target}, ${name}:\n  ${wrong.join('\n  ')}\nThe deployer said:\n${masked(output)}`
        )
    }
  }

  table() {
    const head = ['scene', 'target', 'live then', 'outcome', 'seconds', 'requests', 'failed']
    const widths = head.map((title, i) =>
      Math.max(title.length, ...this.rows.map((row) => row[i].length))
    )
    const line = (cells: string[]) =>
      `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
    return [
      line(head),
      `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
      ...this.rows.map(line),
    ].join('\n')
  }

  /** Starts a container of the rehearsal; returns the loopback's port for the container's, if it has one. */
  async runService(image: string, port: string | undefined, args: string[]) {
    const publish = port ? ['--publish', `127.0.0.1::${port}`] : []
    const container = await docker(
      'run',
      '--detach',
      '--label',
      this.label,
      ...publish,
      ...args,
      image
    )
    return port ? /:(\d+)$/m.exec(await docker('port', container, port))![1] : ''
  }
}

const flagsOf = (variables: Record<string, string>) =>
  Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`])

/**
 * Calls a make target in the checkout with nothing in its environment but what it is given. Whatever a target ends with, make
 * itself ends with 2 and tells the target's own code in its last line.
 */
export async function make(
  checkout: string,
  target: string,
  env: Record<string, string>,
  kill?: AbortSignal
): Promise<Run> {
  // the node that runs this is new enough for make too
  const path = `${dirname(process.execPath)}:${process.env.PATH}`
  const { exit, output } = await run('make', [target], {
    cwd: checkout,
    env: { PATH: path, HOME: process.env.HOME, ...env },
    kill,
  })
  const code = /^make: \*\*\* .* Error (\d+)$/m.exec(output)?.[1]
  return { exit: code ? Number(code) : exit, output }
}
