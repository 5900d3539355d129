import { spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { docker, freePorts, must, removeContainers, run, until } from './shell.ts'
import type { Stage } from './stage.ts'

const MODULES = '/usr/lib/apache2/modules'
const modules = [
  'mpm_event', 'authz_core', 'authn_core', 'alias', 'brotli', 'deflate', 'dir', 'filter', 'headers', 'http2', 'lbmethod_byrequests', 'mime',
  'proxy', 'proxy_balancer', 'proxy_hcheck', 'proxy_http', 'reqtimeout', 'setenvif', 'slotmem_shm', 'socache_shmcb', 'ssl',
] // prettier-ignore

/** Programs that stand for the server's own; each where Debian puts it. */
export const programs = { apache: '/usr/sbin/apache2', sshd: '/usr/sbin/sshd' }

/** A server of one's own on this machine: Apache with the project's site file, sshd, and the folder that bootstrap makes. */
export class Server {
  siteUrl = ''
  /** The same without TLS. */
  plainUrl = ''
  env: Record<string, string> = {}
  readonly folder: string
  #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
    this.folder = join(stage.folder, 'server')
  }

  async start() {
    mkdirSync(this.folder)
    this.env.TMPDIR = this.folder
    const http = await freePorts(5)
    const [https, ssh, first] = [http + 1, http + 2, http + 3]
    this.siteUrl = `https://localhost:${https}`
    this.plainUrl = `http://localhost:${http}`
    await this.#prepareFolder(first)
    await this.#startApache(http, https, first)
    await this.#startSshd(ssh)
    this.#stage.undoing(() => this.#endWork())
    this.env.VPS_SITE_URL = this.siteUrl
    this.env.VPS_FOLDER = this.folder
    this.env.NODE_EXTRA_CA_CERTS = join(this.folder, 'certificate.pem')
  }

  /** Every copy of the site there, running or not. */
  async copies() {
    const ids = await docker(
      'ps',
      '--all',
      '--quiet',
      '--filter',
      `label=com.docker.compose.project=${this.#project}`,
      '--filter',
      'label=com.docker.compose.service=web'
    )
    return ids ? ids.split('\n') : []
  }

  /** Whether a deploy has said this there. */
  async logs(line: string) {
    const { exit } = await run('grep', [
      '--quiet',
      '--recursive',
      '--fixed-strings',
      line,
      join(this.folder, 'log'),
    ])
    return exit === 0
  }

  get #project() {
    return this.#stage.network
  }

  async #prepareFolder(firstPort: number) {
    const environment = {
      APP_KEY: 'rehearsal'.repeat(4),
      APP_URL: this.siteUrl,
      COMPOSE_FILE: 'docker-compose.yml:docker-compose.override.yml:copies.yml',
      COMPOSE_PROJECT_NAME: this.#project,
      DB_PASSWORD: 'rehearsal',
      DB_ROOT_PASSWORD: 'rehearsal',
      DRAIN_MS: '2500',
      LOG_LEVEL: 'warn',
      PORT: `${firstPort}-${firstPort + 1}`,
    }
    writeFileSync(
      join(this.folder, '.env'),
      Object.entries(environment)
        .map(([name, value]) => `${name}=${value}\n`)
        .join('')
    )
    mkdirSync(join(this.folder, 'assets'))
    mkdirSync(join(this.folder, 'challenges'))
    copyFileSync(
      new URL('../vps/maintenance.html', import.meta.url),
      join(this.folder, 'maintenance.html')
    )
    this.#stage.undoing(async () => {
      const ours = `label=com.docker.compose.project=${this.#project}`
      await removeContainers(ours)
      for (const what of ['network', 'volume']) {
        const ids = await docker(what, 'ls', '--quiet', '--filter', ours)
        if (ids) await docker(what, 'rm', ...ids.split('\n'))
      }
    })
  }

  async #startApache(http: number, https: number, first: number) {
    const certificate = join(this.folder, 'certificate.pem')
    const key = join(this.folder, 'certificate.key')
    await must('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
      '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate,
    ]) // prettier-ignore
    setDefaultCACertificates([...getCACertificates(), readFileSync(certificate, 'utf8')])
    const definitions = {
      OC_DOMAIN: 'localhost',
      OC_AUTHORITY: `localhost:${https}`,
      OC_HTTP_PORT: http,
      OC_HTTPS_PORT: https,
      OC_CERTIFICATE: certificate,
      OC_CERTIFICATE_KEY: key,
      OC_FOLDER: this.folder,
      OC_PORT_A: first,
      OC_PORT_B: first + 1,
    }
    const log = join(this.#stage.folder, 'apache.log')
    const lines = [
      'ServerName localhost',
      `PidFile ${this.folder}/apache.pid`,
      `DefaultRuntimeDir ${this.folder}`,
      `ErrorLog ${log}`,
      `User ${userInfo().uid === 0 ? 'www-data' : userInfo().username}`,
      `Listen 127.0.0.1:${http}`,
      `Listen 127.0.0.1:${https}`,
      'TypesConfig /etc/mime.types',
      ...modules
        .filter((name) => existsSync(`${MODULES}/mod_${name}.so`))
        .map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
      ...Object.entries(definitions).map(([name, value]) => `Define ${name} ${value}`),
      `Include ${new URL('../vps/site.conf', import.meta.url).pathname}`,
    ]
    const configuration = join(this.folder, 'apache.conf')
    writeFileSync(configuration, `${lines.join('\n')}\n`)
    await must('chmod', ['755', this.#stage.folder, this.folder])
    await must(programs.apache, ['-t', '-f', configuration])
    this.#stage.keep(
      spawn(programs.apache, ['-f', configuration, '-DFOREGROUND'], { stdio: 'ignore' })
    )
    await until('answer of Apache', 20, () =>
      fetch(`http://127.0.0.1:${http}`, { redirect: 'manual' }).then(
        (answer) => answer.status === 301,
        () => false
      )
    )
  }

  async #startSshd(port: number) {
    const [hostKey, userKey] = ['host_key', 'user_key'].map((name) =>
      join(this.#stage.folder, name)
    )
    for (const key of [hostKey, userKey])
      await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
    const lines = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${userKey}.pub`,
      `PidFile ${this.#stage.folder}/sshd.pid`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'StrictModes no',
      'UsePAM no',
      // as long as a copy takes on a busy machine, and no longer
      'SetEnv READY_TIMEOUT=30',
    ]
    const configuration = join(this.#stage.folder, 'sshd.conf')
    writeFileSync(configuration, `${lines.join('\n')}\n`)
    if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true })
    this.#stage.keep(spawn(programs.sshd, ['-D', '-e', '-f', configuration], { stdio: 'ignore' }))
    const [type, key] = readFileSync(`${hostKey}.pub`, 'utf8').split(' ')
    this.env.VPS_HOST = '127.0.0.1'
    this.env.VPS_PORT = String(port)
    this.env.VPS_USER = userInfo().username
    this.env.VPS_SSH_KEY = readFileSync(userKey, 'utf8')
    this.env.VPS_KNOWN_HOST = `[127.0.0.1]:${port} ${type} ${key}`
  }

  /** Ends what a deploy has left to work on by itself: whatever runs in the server's folder. */
  #endWork() {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const folder = readlinkSync(`/proc/${pid}/cwd`)
        if (folder === this.folder) process.kill(Number(pid), 'SIGKILL')
      } catch {} // it has ended by now
    }
  }
}
