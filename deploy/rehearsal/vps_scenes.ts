import assert from 'node:assert/strict'
import { once } from 'node:events'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { join } from 'node:path'
import { say } from '../output.ts'
import { short } from '../watch.ts'
import { docker, until } from './shell.ts'
import { make, type Scene, type Stage } from './stage.ts'
import { Server } from './server.ts'
import type { Release, Releases } from './releases.ts'

/** The scenes of the server, each from where the one before it has left the site. */
export async function playVps(stage: Stage, releases: Releases, first: Release, second: Release) {
  const server = new Server(stage)
  await server.start()

  const env = {
    ...server.env,
    IMAGE: releases.image,
    DEPLOY_TIMEOUT: '120',
    DEPLOY_INTERVAL: '0.3',
  }
  const deploy = (sha: string, kill?: AbortSignal, more: Record<string, string> = {}) =>
    make(releases.checkout, 'deploy-vps', { ...env, ...more, RELEASE: sha }, kill)

  const secret = server.env.VPS_SSH_KEY.split('\n')[1]
  const perform = stage.scenes('VPS', server.siteUrl, [secret])
  const scene: Scene = async (name, ...all) => {
    await perform(name, ...all)
    const copies = await server.copies()
    if (copies.length !== 2)
      throw new Error(`${name}: ${copies.length} copies are there instead of 2`)
  }

  await scene('first deploy', first.sha, 0, /runs in 2 copies/, () => deploy(first.sha))
  await sameImage(first)

  await scene('upgrade', second.sha, 0, /runs in 2 copies/, () => deploy(second.sha))
  await sameImage(second)

  const setting = /SENTRY_ENVIRONMENT=rehearsal/
  await scene('the same release with a setting more', second.sha, 0, /runs in 2 copies/, () => {
    appendFileSync(join(server.folder, '.env'), `${setting.source}\n`)
    return deploy(second.sha)
  })
  for (const copy of await server.copies())
    assert.match(await docker('inspect', '--format', '{{.Config.Env}}', copy), setting)

  const crashing = await releases.derive(second, 'crashes')
  await scene('a release that crashes at boot', second.sha, 1, /rolled back/, () =>
    deploy(crashing.sha)
  )

  // what it brings for Compose makes no copy reachable, the former release's neither
  const compose = join(releases.checkout, 'docker-compose.yml')
  const former = readFileSync(compose, 'utf8')
  const unreachable = former.replace('HOST: 0.0.0.0', 'HOST: 127.0.0.1')
  writeFileSync(compose, unreachable)
  const never = await releases.derive(second, 'neverReady')
  await scene(
    'a release that never becomes ready',
    second.sha,
    1,
    /not ready within[^]*rolled back/,
    () => deploy(never.sha, undefined, { DEPLOY_TIMEOUT: '40' })
  )

  const failing = await releases.derive(second, 'migrationFails')
  await scene('a release whose migration fails', second.sha, 1, /no copy was touched/, () =>
    deploy(failing.sha)
  )

  const missing = await releases.missing()
  await scene('a release without an image', second.sha, 1, /nothing was touched/, () =>
    deploy(missing)
  )

  // the compose file that lies about here, which makes no copy reachable, is not the first release's
  await scene('a manual rollback', first.sha, 0, /runs in 2 copies/, () =>
    make(releases.checkout, 'rollback-vps', { ...env, RELEASE: first.sha })
  )
  await sameImage(first)
  writeFileSync(compose, former)

  const third = await releases.derive(second)
  const fourth = await releases.derive(second)
  const replacing = (sha: string) =>
    until(`deploy of ${short(sha)} at work`, 120, () => server.logs(`by one of ${short(sha)}`))
  // the second one waits for the first, and looks again before it goes on
  const oneByOne = /another deploy is at work[^]*looking again[^]*runs in 2 copies/
  await scene('two deploys at once', fourth.sha, 0, oneByOne, async () => {
    const [one, two] = await Promise.all([
      deploy(third.sha),
      replacing(third.sha).then(() => deploy(fourth.sha)),
    ])
    // its release was live, or on its way out already when it looked
    if (!/the server runs|OVERRIDDEN/.test(one.output))
      throw new Error(`the first of two deploys ended with ${one.exit}:\n${one.output}`)
    return two
  })

  // what a killed deployer began the server ends by itself
  const fifth = await releases.derive(second)
  const sixth = await releases.derive(second)
  await scene('the deployer is killed half-way', sixth.sha, 0, oneByOne, async () => {
    const killed = new AbortController()
    const running = deploy(fifth.sha, killed.signal)
    await replacing(fifth.sha)
    killed.abort()
    const { exit } = await running
    if (exit !== null) throw new Error(`the deployer ended with ${exit} before it was killed`)
    return deploy(sixth.sha)
  })

  // as the server's own work leaves it that ends between two copies: the older one gone, and what it has brought not said
  const cutOff = async () => {
    writeFileSync(join(server.folder, 'current'), third.sha)
    const [, older] = await server.copies()
    await docker('stop', older)
    return older
  }
  const seventh = await releases.derive(sixth, 'crashes')
  await scene(
    'a bad release after a roll that was cut off',
    sixth.sha,
    1,
    /rolled back/,
    async () => {
      await cutOff()
      // what it may have put back, too, is of the release before
      writeFileSync(join(server.folder, 'docker-compose.yml'), unreachable)
      return deploy(seventh.sha)
    }
  )
  await scene('a roll that was cut off', first.sha, 0, /runs in 2 copies/, async () => {
    await docker('rm', await cutOff())
    return make(releases.checkout, 'rollback-vps', { ...env, RELEASE: first.sha })
  })

  await checkApache(server)
  say('right: VPS, https alone and once said so, HTTP/2, a page for when every copy is down')

  async function sameImage({ id, sha }: Release) {
    for (const copy of await server.copies()) {
      const running = await docker('inspect', '--format', '{{.Image}}', copy)
      if (running !== id)
        throw new Error(`a copy of ${sha} runs ${running}, but ${id} was built and pushed`)
    }
  }
}

/** What site.conf promises beside the deploys. */
async function checkApache(server: Server) {
  const { siteUrl, plainUrl } = server
  const plain = await fetch(`${plainUrl}/lettings?page=1`, { redirect: 'manual' })
  assert.equal(plain.status, 301)
  assert.equal(plain.headers.get('location'), `${siteUrl}/lettings?page=1`)
  assert.equal(plain.headers.get('server'), 'Apache', 'no version')

  for (const path of ['/', '/no-such-page']) {
    const { headers } = await fetch(siteUrl + path)
    assert.equal(
      headers.get('strict-transport-security'),
      'max-age=63072000',
      `${path} says it once`
    )
  }

  const session = connect(siteUrl)
  const [headers] = await once(session.request({ ':path': '/' }).end(), 'response')
  assert.equal(headers[':status'], 200)
  session.destroy()

  await docker('stop', ...(await server.copies()))
  const down = await fetch(siteUrl)
  assert.equal(down.status, 503)
  assert.equal(down.headers.get('retry-after'), '60')
  assert.match(await down.text(), /Back in a moment/)
}
