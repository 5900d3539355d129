import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { withFolder } from './folder.ts'
import { fileOf } from './history.ts'
import { Failure, say } from './output.ts'
import { Moved, type Target } from './road.ts'

const composeFiles = ['docker-compose.yml', 'docker-compose.override.yml', 'deploy/vps/copies.yml']

interface ServerSettings {
  image: string
  host: string
  port: string
  user: string
  key: string
  knownHost: string
  folder: string
}

/** A server as a target: sends it the script that replaces its copies, and shows what that says. */
export function vps(settings: ServerSettings): Target {
  return {
    name: 'the server',
    rollback: 'rollback-vps',
    async ask(release, live) {
      const { exit, begun } = await withFolder((folder) =>
        roll(settings, release, live ?? '-', folder)
      )
      if (exit === 0) return
      if (exit === 75) throw new Moved(`another deploy to the server went first, again and again`)
      if (exit !== 255) throw new Failure('the server says why above')
      if (!begun)
        throw new Failure(
          'ssh could not log in. Are VPS_HOST, VPS_PORT, VPS_USER, VPS_SSH_KEY and VPS_KNOWN_HOST right?'
        )
      say('the connection is lost; the server goes on by itself, so the site will tell')
    },
  }
}

/** Runs deploy/vps/roll there. The key lies in a file of its own as long as ssh needs it; nothing secret is in an argument. */
async function roll(
  { image, host, port, user, key, knownHost, folder }: ServerSettings,
  release: string,
  live: string,
  temporary: string
) {
  const keyFile = join(temporary, 'key')
  const knownHostsFile = join(temporary, 'known_hosts')
  await writeFile(keyFile, `${key.trim()}\n`, { mode: 0o600 })
  await writeFile(knownHostsFile, `${knownHost.trim()}\n`)
  const archive = await parcel(temporary, release)
  const options = {
    BatchMode: 'yes',
    IdentitiesOnly: 'yes',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: knownHostsFile,
    GlobalKnownHostsFile: '/dev/null',
    ConnectTimeout: '15',
    ServerAliveInterval: '10',
    ServerAliveCountMax: '3',
  }
  const command = `d=$(mktemp -d /tmp/oc-lettings-roll.XXXXXX) && tar -x -C $d && exec bash $d/roll ${folder} ${image} ${release} ${live}`
  const args = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const ssh = spawn('ssh', [
    '-F',
    '/dev/null',
    ...args,
    '-i',
    keyFile,
    '-p',
    port,
    `${user}@${host}`,
    command,
  ])
  ssh.stdin.on('error', () => {})
  ssh.stdin.end(archive)

  let begun = false
  createInterface(ssh.stdout).on('line', (line) => {
    begun = true
    say(line)
  })
  createInterface(ssh.stderr).on('line', say)
  const [exit] = await once(ssh, 'close')
  // none where somebody has killed it, which loses the connection too
  return { exit: exit ?? 255, begun }
}

/** What the server needs, as a tar archive: the release's own compose files, and this checkout's script. */
async function parcel(temporary: string, release: string): Promise<Buffer> {
  for (const file of composeFiles)
    await writeFile(join(temporary, basename(file)), await fileOf(release, file))
  const names = composeFiles.map((file) => basename(file))
  const args = ['-c', '-C', join(import.meta.dirname, 'vps'), 'roll', '-C', temporary, ...names]
  const { stdout } = await promisify(execFile)('tar', args, { encoding: 'buffer' })
  return stdout
}
