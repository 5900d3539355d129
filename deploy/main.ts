/**
 * `node deploy/main.ts deploy|rollback|status|deploy-vps|rollback-vps|deploy-swarm|rollback-swarm|sourcemaps`, which the Makefile's targets of the same names call.
 * Exit code 0: done. 1: failed, and the output says what is live. 2: nothing was touched, for the call or its settings are wrong.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { withFolder } from './folder.ts'
import { broughtBy, compare, head } from './history.ts'
import { Failure, masked, say, summarize } from './output.ts'
import { lastDeploys, render, type RenderSettings } from './render.ts'
import { Moved, note, travel, type Target, type World } from './road.ts'
import { mark } from './sentry.ts'
import { sentry, settings, type SentrySettings } from './settings.ts'
import { look } from './site.ts'
import { takeOut, upload } from './sourcemaps.ts'
import { swarm } from './swarm.ts'
import { vps } from './vps.ts'
import { describe, short } from './watch.ts'

/** Minutes after its making in which a commit may well be on its way still. */
const GRACE = 60

const commands: Record<string, () => Promise<number>> = {
  'deploy': () => deployToRender(false),
  'rollback': () => deployToRender(true),
  'status': compareWithWanted,
  'deploy-vps': () => deployToServer(false),
  'rollback-vps': () => deployToServer(true),
  'deploy-swarm': () => deployToSwarm(false),
  'rollback-swarm': () => deployToSwarm(true),
  'sourcemaps': uploadSourceMaps,
}

async function deployToRender(rollback: boolean) {
  const env = settings(
    process.env,
    ['RELEASE', 'IMAGE', 'SITE_URL', 'RENDER_DEPLOY_HOOK_URL'],
    ['RENDER_API_KEY', 'RENDER_API_URL', 'DEPLOY_TIMEOUT', 'DEPLOY_INTERVAL', ...sentry]
  )
  return deploy(render(renderSettings(env)), env.SITE_URL, rollback, env)
}

async function deployToServer(rollback: boolean) {
  const env = settings(
    process.env,
    ['RELEASE', 'IMAGE', 'VPS_SITE_URL', 'VPS_HOST', 'VPS_SSH_KEY', 'VPS_KNOWN_HOST'],
    ['VPS_PORT', 'VPS_USER', 'VPS_FOLDER', 'DEPLOY_TIMEOUT', 'DEPLOY_INTERVAL', ...sentry]
  )
  const server = vps({
    image: env.IMAGE,
    host: env.VPS_HOST,
    port: env.VPS_PORT ?? '22',
    user: env.VPS_USER ?? 'oc-lettings',
    key: env.VPS_SSH_KEY,
    knownHost: env.VPS_KNOWN_HOST,
    folder: env.VPS_FOLDER ?? '/srv/oc-lettings',
  })
  return deploy(server, env.VPS_SITE_URL, rollback, env)
}

async function deployToSwarm(rollback: boolean) {
  const env = settings(
    process.env,
    ['RELEASE', 'IMAGE', 'SWARM_SITE_URL'],
    ['DOCKER_HOST', 'SWARM_STACK', 'DEPLOY_TIMEOUT', 'DEPLOY_INTERVAL', ...sentry]
  )
  const target = swarm({ image: env.IMAGE, stack: env.SWARM_STACK ?? 'oc-lettings' })
  return deploy(target, env.SWARM_SITE_URL, rollback, env)
}

async function deploy(
  target: Target,
  siteUrl: string,
  rollback: boolean,
  env: { RELEASE: string; DEPLOY_TIMEOUT?: string; DEPLOY_INTERVAL?: string } & SentrySettings
) {
  const trip = {
    release: env.RELEASE,
    rollback,
    timeout: Number(env.DEPLOY_TIMEOUT ?? 900) * 1000,
    interval: Number(env.DEPLOY_INTERVAL ?? 3) * 1000,
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      summarize([
        `STOPPED by ${signal}: ${target.name} may still bring ${short(trip.release)} up; \`make status SITE_URL=${siteUrl}\` tells`,
      ])
      process.exit(1)
    })
  }
  const world = worldAround(siteUrl)
  const go = (tries: number): ReturnType<typeof travel> =>
    travel(trip, target, world).catch((error) => {
      if (!(error instanceof Moved)) throw error
      if (tries === 1) throw new Failure(error.message)
      say('another deploy went first; looking again at what is live')
      return go(tries - 1)
    })
  const started = new Date()
  const { done, lines, before } = await go(3)
  summarize([...lines, `Now at ${siteUrl}: ${describe(await look(siteUrl))}`])
  if (done) {
    const { release } = trip
    const brought = before && !rollback ? await broughtBy(release, before) : []
    await mark(env, { release, siteUrl, again: rollback, started, commits: brought })
  }
  return done ? 0 : 1
}

/** The world as it is, with this site in it. */
function worldAround(siteUrl: string): World {
  return {
    look: () => look(siteUrl),
    compare: (one, other) => compare(one, other),
    now: () => performance.now(),
    sleep,
    say,
  }
}

/** Compares what should be live, RELEASE or else the commit that is checked out, with what is. */
async function compareWithWanted() {
  const env = settings(
    process.env,
    ['SITE_URL'],
    ['RELEASE', 'DEPLOY_INTERVAL', 'RENDER_API_KEY', 'RENDER_API_URL', 'RENDER_DEPLOY_HOOK_URL']
  )
  const checkedOut = env.RELEASE ? undefined : await head()
  const wanted = env.RELEASE ?? checkedOut!.release
  const interval = Number(env.DEPLOY_INTERVAL ?? 1) * 1000
  const noted = await note({ interval }, worldAround(env.SITE_URL))
  const live = noted.live ?? (noted.seen.length > 1 ? noted.seen.join(' and ') : undefined)

  const hook = env.RENDER_DEPLOY_HOOK_URL
  const deploys =
    hook && (await lastDeploys(renderSettings({ IMAGE: '', ...env, RENDER_DEPLOY_HOOK_URL: hook })))
  const since = (deploys || []).find(({ status }) => status === 'live')?.finishedAt
  const lines = [
    `wanted: ${wanted}`,
    `live:   ${live ?? 'nothing'}${since ? `, since ${since}` : ''}`,
  ]
  if (deploys) {
    lines.push('last deploys:')
    for (const { createdAt, image, status } of deploys)
      lines.push(`  ${createdAt}  ${image?.ref ?? 'image unknown'}  ${status}`)
  } else
    lines.push(
      'since when and the last deploys: only Render knows, ask with RENDER_API_KEY and RENDER_DEPLOY_HOOK_URL'
    )

  const onItsWay = live && checkedOut && Date.now() - checkedOut.at.getTime() < GRACE * 60_000
  if (live === wanted) lines.push('as it should be')
  else if (onItsWay)
    lines.push(`the wanted commit is younger than ${GRACE} minutes: it may be on its way`)
  else
    lines.push(
      live ? 'DRIFT: another release is live than the one wanted' : 'DOWN: no release is live'
    )
  summarize(lines)
  return live === wanted || onItsWay ? 0 : 1
}

/** Gives Sentry the source maps of the image IMAGE:RELEASE. */
async function uploadSourceMaps() {
  if (!process.env.SENTRY_AUTH_TOKEN) {
    say('no source maps go to Sentry: there is no SENTRY_AUTH_TOKEN')
    return 0
  }
  const env = settings(process.env, ['RELEASE', 'IMAGE'], sentry)
  await withFolder(async (folder) => {
    await takeOut(`${env.IMAGE}:${env.RELEASE}`, folder)
    await upload(env, folder)
  })
  return 0
}

function renderSettings(env: {
  IMAGE: string
  RENDER_DEPLOY_HOOK_URL: string
  RENDER_API_KEY?: string
  RENDER_API_URL?: string
}): RenderSettings {
  const key = env.RENDER_API_KEY
  const api = key ? { key, url: env.RENDER_API_URL ?? 'https://api.render.com/v1' } : undefined
  return { image: env.IMAGE, hook: env.RENDER_DEPLOY_HOOK_URL, api }
}

try {
  const command = commands[process.argv[2]]
  if (!command)
    throw new Failure(`usage: node deploy/main.ts ${Object.keys(commands).join('|')}`, 2)
  process.exitCode = await command()
} catch (error) {
  const expected = error instanceof Failure
  console.error(masked(expected ? error.message : String((error as Error).stack)))
  process.exitCode = expected ? error.exitCode : 1
}
