import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Failure } from './output.ts'

/** How a release stands to the one that is live. */
export type Order =
  | { kind: 'newer'; commits: string[] }
  | { kind: 'same' }
  | { kind: 'older' }
  | { kind: 'apart' }
  | { kind: 'unknown'; commit: string }

/** Compares two commits by the history of the checkout, which must be whole: a shallow one would call everything apart. */
export async function compare(release: string, live: string, folder = '.'): Promise<Order> {
  if (release === live) return { kind: 'same' }
  const succeeds = (...args: string[]) =>
    git(folder, ...args).then(
      () => true,
      () => false
    )

  const shallow = await git(folder, 'rev-parse', '--is-shallow-repository')
  if (shallow === 'true') {
    throw new Failure(
      'nothing was touched: the checkout has no history to tell newer from older; it needs fetch-depth: 0',
      2
    )
  }
  for (const commit of [release, live]) {
    const isSha = /^[0-9a-f]{40}$/.test(commit)
    const isKnown = () => succeeds('cat-file', '-e', `${commit}^{commit}`)
    // somebody else may have deployed it since this checkout was fetched
    if (isSha && !(await isKnown())) await succeeds('fetch', '--quiet')
    if (!isSha || !(await isKnown())) return { kind: 'unknown', commit }
  }
  if (await succeeds('merge-base', '--is-ancestor', release, live)) return { kind: 'older' }
  if (!(await succeeds('merge-base', '--is-ancestor', live, release))) return { kind: 'apart' }
  const commits = await git(
    folder,
    'log',
    '--first-parent',
    '--format=%h %s',
    `${live}..${release}`
  )
  return { kind: 'newer', commits: commits.split('\n') }
}

/** The commits that a release brings over the one before it, newest first, at most a hundred commits; none where the history does not know. */
export async function broughtBy(release: string, before: string, folder = '.') {
  const range = `${before}..${release}`
  const log = git(folder, 'log', '--max-count=100', '--format=%H %cI %s', '--end-of-options', range)
  const lines = await log.catch(() => '')
  return [...lines.matchAll(/^(\w+) (\S+) (.*)$/gm)].map(([, id, timestamp, message]) => ({
    id,
    timestamp,
    message,
  }))
}

/** A text file as a release has it. */
export async function fileOf(release: string, path: string) {
  const text = await git('.', 'show', `${release}:${path}`).catch(() => {
    throw new Failure(`this checkout's history has no ${path} of ${release}: has it been fetched?`)
  })
  return `${text}\n`
}

/** The commit that is checked out, and when it was made. */
export async function head() {
  const line = await git('.', 'show', '-s', '--format=%H %ct', 'HEAD')
  const [release, seconds] = line.split(' ')
  return { release, at: new Date(Number(seconds) * 1000) }
}

async function git(folder: string, ...args: string[]) {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', folder, ...args])
    return stdout.trim()
  } catch (error: any) {
    throw new Failure(
      `git ${args[0]} failed, but only a checkout of the project can deploy: ${error.stderr ?? error.code}`,
      2
    )
  }
}
