import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from '@japa/runner'
import { givenFolder } from '#tests/helpers/server'
import { until } from '#tests/helpers/until'

test('a deploy to a server that is interrupted leaves its key nowhere', async ({ assert }) => {
  const folder = await givenFolder()
  const ssh = join(folder, 'ssh')
  await writeFile(ssh, '#!/bin/sh\nexec sleep 5\n')
  await chmod(ssh, 0o755)
  const temporary = join(folder, 'tmp')
  await mkdir(temporary)
  const deploy = spawn(process.execPath, ['deploy/main.ts', 'deploy-vps'], {
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      TMPDIR: temporary,
      NODE_V8_COVERAGE: process.env.NODE_V8_COVERAGE,
      IMAGE: 'somebody/oc-lettings-site',
      DEPLOY_INTERVAL: '0.01',
      RELEASE: 'a'.repeat(40),
      VPS_HOST: 'localhost',
      VPS_USER: 'oc-lettings',
      VPS_KNOWN_HOST: `localhost ssh-ed25519 ${'A'.repeat(68)}`,
      VPS_SITE_URL: 'http://127.0.0.1:1',
      VPS_SSH_KEY: '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n',
    },
  })
  let output = ''
  for (const stream of [deploy.stdout, deploy.stderr]) stream.on('data', (text) => (output += text))
  const ended = once(deploy, 'close')
  const left = () => readdir(temporary, { recursive: true })
  await until('the key', async () => {
    const names = await left()
    if (deploy.exitCode !== null) assert.fail(output)
    return names.some((name) => name.endsWith('known_hosts'))
  })
  deploy.kill('SIGINT')
  await ended
  assert.include(output, 'STOPPED by SIGINT')
  assert.deepEqual(await left(), [])
})
