import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, say } from './output.ts'
import type { Target } from './road.ts'
import type { Platform } from './watch.ts'

const TIMEOUT = 30_000
const PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000]

export interface RenderSettings {
  image: string
  hook: string
  api?: { url: string; key: string }
  /** Milliseconds before each further try to reach the hook. */
  pauses?: number[]
}

/** A deploy as Render's REST interface lists it. */
export interface Deploy {
  id: string
  status: string
  image?: { ref?: string }
  createdAt?: string
  finishedAt?: string
}

/** Render as a target: its deploy hook asks, its REST interface, if there is a key for it, tells what became of it. */
export function render(settings: RenderSettings): Target {
  return {
    name: 'Render',
    rollback: 'rollback',
    async ask(release) {
      const id = await callHook(settings, release)
      if (!settings.api) return
      const { api } = settings
      let last: string | undefined
      return async () => {
        const deploy =
          id && (await rest<Deploy>(api, `/services/${service(settings.hook)}/deploys/${id}`))
        if (!deploy || !deploy.status) return
        if (deploy.status !== last)
          say(`Render's record of ${id}: ${deploy.status}${meaning(deploy.status)}`)
        last = deploy.status
        return platform(deploy.status)
      }
    },
  }
}

/** The service's last deploys, newest first; nothing if Render does not tell. */
export async function lastDeploys({ api, hook }: RenderSettings): Promise<Deploy[] | undefined> {
  const list =
    api && (await rest<{ deploy: Deploy }[]>(api, `/services/${service(hook)}/deploys?limit=5`))
  return list?.map(({ deploy }) => deploy)
}

/** The address that deploys exactly this release. */
export const hookFor = ({ hook, image }: RenderSettings, release: string) =>
  `${hook}&imgURL=${encodeURIComponent(`${qualified(image)}:${release}`)}`

/** An image's name with its registry, as Render keeps it: Docker Hub is the one that goes without saying. */
const qualified = (image: string) =>
  /^([^/]*[.:]|localhost)[^/]*\//.test(image) ? image : `docker.io/${image}`

/** What an answer of the hook means: taken, worth another try, or no use. */
export function judge(status: number): 'taken' | 'again' | 'refused' {
  if (status >= 200 && status < 300) return 'taken'
  return status === 429 || status >= 500 ? 'again' : 'refused'
}

/** Render's status of a deploy as the watch knows it. `deactivated` was live once: somebody deployed after it. */
export function platform(status: string): Platform {
  if (status === 'live') return 'live'
  if (status === 'deactivated' || status === 'canceled') return 'replaced'
  return status.endsWith('_failed') ? 'failed' : 'under way'
}

function meaning(status: string) {
  const meanings: Record<string, string> = {
    build_failed:
      ": the image could not be pulled. Is this tag in the registry, and may Render's service read it?",
    pre_deploy_failed: ": the pre-deploy command failed; the service's log says why",
    update_failed:
      ": it did not start, or its health check path did not answer; the service's log says why",
    canceled: ': somebody cancelled it, or a newer deploy took its place',
    deactivated: ': a newer deploy took its place',
  }
  return meanings[status] ?? ''
}

const service = (hook: string) => /\/deploy\/(srv-[\w-]+)/.exec(hook)![1]

/** Calls the hook until it takes the release, and returns the deploy's id if it gives one. */
async function callHook(settings: RenderSettings, release: string): Promise<string | undefined> {
  const { pauses = PAUSES } = settings
  for (let attempt = 0; ; attempt++) {
    const { status, text } = await post(hookFor(settings, release))
    const verdict = status ? judge(status) : 'again'
    const told = status ? `HTTP ${status}` : text
    if (verdict === 'taken') {
      const id = /"id"\s*:\s*"(dep-[\w-]+)"/.exec(text)?.[1]
      say(
        `Render took it${id ? ` as ${id}` : ', without naming a deploy: only the site will tell'}`
      )
      return id
    }
    if (verdict === 'refused')
      throw new Failure(`the deploy hook answered ${told}. ${advice(status!)}`)
    if (attempt === pauses.length) {
      throw new Failure(
        `the deploy hook gave no good answer in ${attempt + 1} tries, ${told} the last. Is Render up?`
      )
    }
    say(`the deploy hook: ${told}; trying again in ${pauses[attempt] / 1000} s`)
    await sleep(pauses[attempt])
  }
}

function advice(status: number) {
  if (status === 401 || status === 403 || status === 404) {
    return 'Is RENDER_DEPLOY_HOOK_URL the one that the service shows under Settings, and does the service still exist?'
  }
  if (status === 400 || status === 422) {
    return "Is the service made from an image, and is IMAGE the service's own image without its tag?"
  }
  return 'Look at the service in the dashboard: is it suspended?'
}

/** An answer, or in its place why there is none: of a failed fetch only the cause's code, for its message may hold the key. */
async function post(url: string): Promise<{ status?: number; text: string }> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT)
    const response = await fetch(url, { method: 'POST', redirect: 'manual', signal })
    return { status: response.status, text: await response.text() }
  } catch (error: any) {
    return { text: error.cause?.code ?? error.name }
  }
}

/** The REST interface's answer that was told last: it is asked every few seconds. */
let told = 200

/** Asks the REST interface; a failure to answer is no verdict, so it counts as not knowing. */
async function rest<T>(
  { url, key }: { url: string; key: string },
  path: string
): Promise<T | undefined> {
  try {
    const headers = { Authorization: `Bearer ${key}`, Accept: 'application/json' }
    const response = await fetch(url + path, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT),
    })
    if (response.ok) return (await response.json()) as T
    const { status } = response
    if (status !== told)
      say(
        `Render does not give its record: HTTP ${status}. Is RENDER_API_KEY right? Going on without it`
      )
    told = status
  } catch {}
}
