import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from '../output.ts'
import { short } from '../watch.ts'
import { docker, until } from './shell.ts'
import { make, type Scene, type Stage } from './stage.ts'
import { RenderStandIn } from './render_stand_in.ts'
import type { Release, Releases } from './releases.ts'

/** The scenes of the primary target, each from where the one before it has left the site. */
export async function playRender(
  stage: Stage,
  releases: Releases,
  first: Release,
  second: Release
) {
  const render = new RenderStandIn(releases.image, await stage.database())
  await render.start()
  stage.undoing(() => render.stop())

  const env = {
    IMAGE: releases.image,
    SITE_URL: render.deployerUrl,
    RENDER_DEPLOY_HOOK_URL: render.hook,
    DEPLOY_TIMEOUT: '40',
    DEPLOY_INTERVAL: '0.3',
    GITHUB_STEP_SUMMARY: join(stage.folder, 'summary.md'),
  }
  const withApi = { RENDER_API_KEY: render.apiKey, RENDER_API_URL: `${render.control}/v1` }
  const deploy = (sha: string, more: Record<string, string> = withApi, kill?: AbortSignal) =>
    make(releases.checkout, 'deploy', { ...env, ...more, RELEASE: sha }, kill)

  const perform = stage.scenes('Render', render.siteUrl, [render.key, render.apiKey])
  const scene: Scene = async (...all) => {
    await render.settle()
    await perform(...all)
  }

  await scene('first deploy', first.sha, 0, /Render runs/, () => deploy(first.sha))
  await sameImage(first)
  const summary = readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8')
  assert.match(summary, new RegExp(`Now at ${render.deployerUrl}: ${short(first.sha)} is ready`))

  await scene('upgrade', second.sha, 0, /Render runs/, () => deploy(second.sha))
  await sameImage(second)

  const crashing = await releases.derive(second, 'crashes')
  await scene('a release that crashes at boot', second.sha, 1, /PUT BACK/, () =>
    deploy(crashing.sha)
  )

  const never = await releases.derive(second, 'neverReady')
  await scene('a release that never becomes ready', second.sha, 1, /PUT BACK/, () =>
    deploy(never.sha, { DEPLOY_TIMEOUT: '6' })
  )

  const failing = await releases.derive(second, 'migrationFails')
  await scene('a release whose migration fails', second.sha, 1, /PUT BACK/, () =>
    deploy(failing.sha)
  )

  const missing = await releases.missing()
  await scene('a release without an image', second.sha, 1, /PUT BACK/, () => deploy(missing))

  const third = await releases.derive(second)
  render.hookAnswers = [500]
  await scene('the hook answers 500, then 200', third.sha, 0, /HTTP 500; trying again/, () =>
    deploy(third.sha)
  )

  const fourth = await releases.derive(second)
  render.hookAnswers = [401]
  await scene('the hook refuses', third.sha, 1, /did not take/, () => deploy(fourth.sha))

  await scene(
    'the network is cut while waiting',
    fourth.sha,
    0,
    /no answer \(ECONNRESET\)/,
    async () => {
      const running = deploy(fourth.sha, {})
      await until('call of the hook', 30, async () =>
        render.deploys[0].image.ref.endsWith(fourth.sha)
      )
      render.cut = true
      await until('new copy', 30, async () => render.deploys[0].status === 'live')
      await sleep(1_000)
      render.cut = false
      return running
    }
  )

  const fifth = await releases.derive(second)
  const sixth = await releases.derive(second)
  await scene('two deploys at once', sixth.sha, 0, /Render runs/, async () => {
    render.slowPull = 5_000
    const overridden = deploy(fifth.sha)
    await until('first of two deploys', 30, async () =>
      render.deploys[0].image.ref.endsWith(fifth.sha)
    )
    render.slowPull = 0
    const [one, two] = await Promise.all([overridden, deploy(sixth.sha)])
    if (one.exit !== 1 || !/OVERRIDDEN/.test(one.output))
      throw new Error(`the overridden deploy ended with ${one.exit}:\n${one.output}`)
    return two
  })

  await scene('an older release by deploy', sixth.sha, 2, /is newer than/, () => deploy(first.sha))

  await scene('a manual rollback', first.sha, 0, /Render runs/, () =>
    make(releases.checkout, 'rollback', { ...env, ...withApi, RELEASE: first.sha })
  )
  await sameImage(first)

  const seventh = await releases.derive(second)
  await scene('the deployer is killed half-way', seventh.sha, 0, /Render runs/, async () => {
    const { exit } = await deploy(fifth.sha, withApi, AbortSignal.timeout(2_500))
    if (exit !== null) throw new Error(`the deployer ended with ${exit} before it was killed`)
    return deploy(seventh.sha)
  })

  const status = (sha: string) =>
    make(releases.checkout, 'status', { ...env, ...withApi, RELEASE: sha })
  const asItShould = await status(seventh.sha)
  assert.match(
    asItShould.output,
    new RegExp(`live: +${seventh.sha}, since 20.*:${first.sha}  deactivated.*as it should be`, 's')
  )
  assert.equal(asItShould.exit, 0)
  const drifted = await status(first.sha)
  assert.match(drifted.output, /DRIFT/)
  assert.equal(drifted.exit, 1)
  say('right: Render, make status tells what is live, since when, and drift')

  /** The copy that serves is the image that was tested and pushed. */
  async function sameImage({ id, sha }: Release) {
    const running = await docker('inspect', '--format', '{{.Image}}', render.container!)
    if (running !== id)
      throw new Error(`the copy of ${sha} runs ${running}, but ${id} was built and pushed`)
  }
}
