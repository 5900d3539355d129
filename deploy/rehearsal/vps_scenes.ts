import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { say } from '../output.ts'
import { short } from '../watch.ts'
import { docker, until } from './shell.ts'
import { make, type Stage } from './stage.ts'
import { Server } from './server.ts'
import type { Release, Releases } from './releases.ts'

/** The scenes of the server, each from where the one before it has left the site. */
export async function playVps(stage: Stage, releases: Releases, first: Release, second: Release) {
  const server = new Server(stage)
  await server.start()

  const env = { ...server.env, IMAGE: releases.image, DEPLOY_TIMEOUT: '60', DEPLOY_INTERVAL: '0.3' }
  const deploy = (sha: string, kill?: AbortSignal) =>
    make(releases.checkout, 'deploy-vps', { ...env, RELEASE: sha }, kill)
  const secrets = [server.env.VPS_SSH_KEY.split('\n')[1]]

  async function scene(
    name: string,
    live: string,
    exit: number,
    says: RegExp,
    play: () => ReturnType<typeof deploy>
  ) {
    await stage.perform(
      { name, target: 'VPS', play, expect: { exit, live, says } },
      server.siteUrl,
      secrets
    )
    const copies = await server.copies()
    if (copies.length !== 2)
      throw new Error(`${name}: ${copies.length} copies are there instead of 2`)
  }

  await scene('first deploy', first.sha, 0, /runs in 2 copies/, () => deploy(first.sha))
  await sameImage(first)

  await scene('upgrade', second.sha, 0, /runs in 2 copies/, () => deploy(second.sha))
  await sameImage(second)

  const crashing = await releases.derive(second, 'crashes')
  await scene('a release that crashes at boot', second.sha, 1, /rolled back/, () =>
    deploy(crashing.sha)
  )

  const failing = await releases.derive(second, 'migrationFails')
  await scene('a release whose migration fails', second.sha, 1, /no copy was touched/, () =>
    deploy(failing.sha)
  )

  const missing = await releases.missing()
  await scene('a release without an image', second.sha, 1, /nothing was touched/, () =>
    deploy(missing)
  )

  await scene('a manual rollback', first.sha, 0, /runs in 2 copies/, () =>
    make(releases.checkout, 'rollback-vps', { ...env, RELEASE: first.sha })
  )
  await sameImage(first)

  // What the killed deployer began the server ends by itself; the other one waits for that, and looks again before it goes on.
  const third = await releases.derive(second)
  const fourth = await releases.derive(second)
  await scene(
    'two deploys at once, one killed',
    fourth.sha,
    0,
    /another deploy is at work[^]*looking again/,
    async () => {
      const killed = new AbortController()
      const [one, two] = await Promise.all([
        deploy(third.sha, killed.signal),
        until('first of two deploys', 60, () =>
          server.logs(`replacing a copy of ${short(first.sha)} by one of ${short(third.sha)}`)
        ).then(() => {
          killed.abort()
          return deploy(fourth.sha)
        }),
      ])
      if (one.exit !== null)
        throw new Error(`the deployer ended with ${one.exit} before it was killed`)
      return two
    }
  )

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
