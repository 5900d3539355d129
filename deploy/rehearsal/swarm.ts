import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { say } from '../output.ts'
import { docker, must, removeContainers, run, until } from './shell.ts'
import type { Stage } from './stage.ts'

/** What the second node needs of this machine. */
const programs = { dockerd: '/usr/sbin/dockerd', ip: '/usr/sbin/ip', nsenter: '/usr/bin/nsenter' }

/** The two ends of the wire between the nodes. */
const [NEAR, FAR] = ['10.213.7.1', '10.213.7.2']

/**
 * A swarm on this machine: its own engine as the manager and, for root, a second engine as a worker, in a network namespace of its
 * own at the other end of a virtual wire that can be cut.
 */
export class Swarm {
  readonly nodes: number
  #stage: Stage
  #wire: string
  #socket: string

  constructor(stage: Stage) {
    this.#stage = stage
    this.#wire = `oc${process.pid}`
    this.#socket = join(stage.folder, 'node/docker.sock')
    this.nodes = userInfo().uid === 0 && Object.values(programs).every(existsSync) ? 2 : 1
  }

  /** Whether this machine's engine is free to become a manager. */
  static async possible() {
    const state = await docker('info', '--format', '{{.Swarm.LocalNodeState}}')
    return state === 'inactive'
  }

  async start(registry: string) {
    if (this.nodes === 2) await this.#layWire()
    await this.#init()
    if (this.nodes === 2) await this.#join(registry)
  }

  /** How many copies of a service this machine's own engine runs. */
  async copiesHere(service: string) {
    const ids = await docker(
      'ps',
      '--quiet',
      '--filter',
      `name=${service}`,
      '--filter',
      'health=healthy'
    )
    return ids ? ids.split('\n').length : 0
  }

  /** The state of the worker, as the manager sees it. */
  async worker() {
    return docker('node', 'ls', '--filter', 'role=worker', '--format', '{{.Status}}')
  }

  async cut() {
    await must(programs.ip, ['link', 'set', this.#wire, 'down'])
  }

  async mend() {
    await must(programs.ip, ['link', 'set', this.#wire, 'up'])
  }

  async #layWire() {
    const ip = (...args: string[]) => must(programs.ip, args)
    const space = this.#wire
    await ip('netns', 'add', space)
    this.#stage.undoing(() => ip('netns', 'delete', space))
    await ip('link', 'add', this.#wire, 'type', 'veth', 'peer', 'name', 'wire', 'netns', space)
    this.#stage.undoing(() => ip('link', 'delete', this.#wire))
    await ip('address', 'add', `${NEAR}/30`, 'dev', this.#wire)
    await ip('link', 'set', this.#wire, 'up')
    await ip('-n', space, 'address', 'add', `${FAR}/30`, 'dev', 'wire')
    await ip('-n', space, 'link', 'set', 'wire', 'up')
    await ip('-n', space, 'link', 'set', 'lo', 'up')
    await ip('-n', space, 'route', 'add', 'default', 'via', NEAR)
  }

  async #init() {
    const address = this.nodes === 2 ? NEAR : '127.0.0.1'
    const bridges = await docker('network', 'ls', '--quiet', '--filter', 'name=docker_gwbridge')
    this.#stage.undoing(async () => {
      await docker('swarm', 'leave', '--force')
      const ours = 'label=com.docker.stack.namespace=rehearsal'
      await removeContainers(ours)
      const volumes = await docker('volume', 'ls', '--quiet', '--filter', ours)
      if (volumes) await docker('volume', 'rm', ...volumes.split('\n'))
      if (!bridges) await docker('network', 'rm', 'docker_gwbridge')
    })
    await docker('swarm', 'init', '--advertise-addr', address, '--listen-addr', `${address}:2377`)
    const node = await docker('node', 'ls', '--quiet')
    await docker('node', 'update', '--label-add', 'database=true', node)
  }

  /** Starts the second engine, gives it this machine's registry under the same name, and lets it join. */
  async #join(registry: string) {
    const folder = join(this.#stage.folder, 'node')
    mkdirSync(folder)
    const port = Number(registry.split(':')[1])
    const relay = (from: number, to: string) =>
      `net.createServer((one) => { const other = net.connect(${from}, '${to}'); one.pipe(other).pipe(one); one.on('error', () => {}); other.on('error', () => one.destroy()) })`
    const server = createServer((one) => one.pipe(connect(port, '127.0.0.1')).pipe(one))
    await new Promise<void>((resolve) => server.listen(0, NEAR, resolve))
    this.#stage.undoing(() => server.close())
    const { port: near } = server.address() as AddressInfo
    const script = `${relay(near, NEAR)}.listen(${port}, '127.0.0.1')`
    this.#stage.keep(this.#there(process.execPath, '-e', script))

    const paths = { 'data-root': 'data', 'exec-root': 'exec', 'pidfile': 'pid' }
    const flags = Object.entries(paths).map(([flag, name]) => `--${flag}=${join(folder, name)}`)
    // an engine that ends may leave its containers' networks mounted
    this.#stage.undoing(async () => {
      const networks = join(folder, 'exec/netns')
      const names = existsSync(networks) ? readdirSync(networks) : []
      for (const name of names) await run('umount', [join(networks, name)])
    })
    this.#stage.keep(this.#there(programs.dockerd, '--host', `unix://${this.#socket}`, ...flags))
    const node = (...args: string[]) => run('docker', ['--host', `unix://${this.#socket}`, ...args])
    await until('second engine', 60, () => node('info').then(({ exit }) => exit === 0))
    this.#stage.undoing(() => node('swarm', 'leave', '--force'))
    const token = await docker('swarm', 'join-token', '--quiet', 'worker')
    const { exit, output } = await node('swarm', 'join', '--token', token, `${NEAR}:2377`)
    if (exit !== 0) throw new Error(`the second node did not join: ${output}`)
    say('a swarm of two nodes')
  }

  /** Runs a program in the second node's network. (`ip netns exec` would hide the control groups.) */
  #there(...command: string[]) {
    return spawn(programs.nsenter, [`--net=/run/netns/${this.#wire}`, ...command], {
      stdio: 'ignore',
    })
  }
}
