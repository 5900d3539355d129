import { execFileSync, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import app from '@adonisjs/core/services/app'
import { givenFolder, givenPrograms } from '#tests/helpers/server'

const files = [
  'docker-compose.yml',
  'docker-compose.override.yml',
  'deploy/vps/copies.yml',
  'deploy/swarm/haproxy.cfg',
  'deploy/swarm/stack.yml',
]

/** A repository without a commit, git in it, which knows nothing of whoever runs the tests, and how to commit what is there. */
export async function givenRepository() {
  const folder = await givenFolder()
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost']
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8', env }).trim()
  git('init', '--quiet')
  const commit = (message: string) => {
    git('add', '--all')
    git('commit', '--quiet', '--allow-empty', '--message', message)
    return git('rev-parse', 'HEAD')
  }
  return { folder, git, commit }
}

/** A checkout with two commits, whose files say of which one they are. */
export async function givenCheckout() {
  const { folder, commit } = await givenRepository()
  const release = async (text: string) => {
    for (const file of files) {
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await writeFile(join(folder, file), `# ${text}\n`)
    }
    return commit(text)
  }
  return { folder, older: await release('older'), newer: await release('newer') }
}

/** Calls a target in a checkout, with a script in the place of the program that it needs, for a site that never answers. */
export async function deployFrom(
  folder: string,
  target: string,
  [program, script]: [string, string],
  env: Record<string, string>
) {
  const deploy = spawn(process.execPath, [app.makePath('deploy/main.ts'), target], {
    cwd: folder,
    env: {
      PATH: await givenPrograms({ [program]: script }),
      NODE_V8_COVERAGE: process.env.NODE_V8_COVERAGE,
      IMAGE: 'somebody/oc-lettings-site',
      DEPLOY_INTERVAL: '0.01',
      DEPLOY_TIMEOUT: '1',
      ...env,
    },
  })
  let output = ''
  for (const stream of [deploy.stdout, deploy.stderr]) stream.on('data', (text) => (output += text))
  const ended = new Promise<string>((resolve) => deploy.once('close', () => resolve(output)))
  return { deploy, ended }
}
