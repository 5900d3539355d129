import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from '../output.ts'
import { docker, freePorts, must, until } from './shell.ts'
import { make, type Stage } from './stage.ts'
import { Swarm } from './swarm.ts'
import type { Release, Releases } from './releases.ts'

const STACK = 'rehearsal'

/** The scenes of a swarm, each from where the one before it has left the site. */
export async function playSwarm(stage: Stage, releases: Releases, first: Release, second: Release) {
  if (!(await Swarm.possible()))
    return say('LEFT OUT: the swarm, for the engine of this machine is part of one already')
  const [registry] = releases.image.split('/')
  const proxy = `${registry}/haproxy:lts`
  const file = new URL('Dockerfile.proxy', import.meta.url).pathname
  await must('docker', ['build', '--quiet', '--tag', proxy, '--file', file, stage.folder], {
    env: { ...process.env, DOCKER_BUILDKIT: '1' },
  })
  stage.undoing(() => docker('image', 'rm', proxy))
  await docker('push', '--quiet', proxy)

  const swarm = new Swarm(stage)
  await swarm.start(registry)
  const port = await freePorts()
  const siteUrl = `http://127.0.0.1:${port}`
  const configuration = {
    APP_KEY: 'rehearsal'.repeat(4),
    ...(swarm.nodes === 2 && { COPIES: 4, COPIES_PER_NODE: 3 }),
    DB_PASSWORD: 'rehearsal',
    DB_ROOT_PASSWORD: 'rehearsal',
    LOG_LEVEL: 'warn',
    PORT: port,
    PROXY_IMAGE: proxy,
  }
  const lines = Object.entries(configuration).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(releases.checkout, '.env'), lines.join(''))

  const env = {
    IMAGE: releases.image,
    SWARM_SITE_URL: siteUrl,
    SWARM_STACK: STACK,
    DEPLOY_TIMEOUT: '240',
    DEPLOY_INTERVAL: '0.3',
  }
  const deploy = (sha: string, target = 'deploy-swarm') =>
    make(releases.checkout, target, { ...env, RELEASE: sha })
  const scene = stage.scenes('swarm', siteUrl, [configuration.APP_KEY])

  await scene('first deploy', first.sha, 0, /the swarm runs/, () => deploy(first.sha))
  await scene('upgrade', second.sha, 0, /the swarm runs/, () => deploy(second.sha))

  const crashing = await releases.derive(second, 'crashes')
  await scene('a release that crashes at boot', second.sha, 1, /PUT BACK by the swarm itself/, () =>
    deploy(crashing.sha)
  )
  await scene('a manual rollback', first.sha, 0, /the swarm runs/, () =>
    deploy(first.sha, 'rollback-swarm')
  )

  await checkWithoutDatabase(siteUrl)
  say('right: swarm, copies stay and say so themselves while the database is away')

  if (swarm.nodes === 1)
    return say('LEFT OUT: a lost node, for a second engine takes root, dockerd and ip')
  await scene('a node is lost', first.sha, 0, /the other node runs as many/, async () => {
    await swarm.cut()
    await until('copies on the other node', 90, async () => {
      const here = await swarm.copiesHere(`${STACK}_web`)
      return here === 3 && (await swarm.worker()) === 'Down'
    })
    return { exit: 0, output: 'the other node runs as many as it may' }
  })
  await swarm.mend()
}

/** The database is away for longer than Swarm bears with a copy that is not healthy. */
async function checkWithoutDatabase(siteUrl: string) {
  const copies = () =>
    docker('service', 'ps', '--filter', 'desired-state=running', '--quiet', `${STACK}_web`)
  const database = (count: number) =>
    docker('service', 'scale', '--detach', `${STACK}_database=${count}`)
  const status = () => fetch(siteUrl).then((answer) => answer.status)
  const before = await copies()
  await database(0)
  await until('the database to be away', 60, async () => (await status()) === 503)
  await sleep(45_000)
  const { headers } = await fetch(siteUrl)
  assert.equal(headers.get('retry-after'), '5')
  await database(1)
  await until('the database to be back', 90, async () => (await status()) === 200)
  assert.equal(await copies(), before)
  // until the proxy sends visitors to each of them again: the scene that comes next is about those who are with a lost one
  await sleep(5_000)
}
