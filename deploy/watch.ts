/**
 * Decides what became of a deploy, from nothing but what was seen: no clock, no network.
 * The public site is the only witness of success; the platform's word counts for failures alone.
 */

/** What one fresh request to the site's readiness path told. */
export type Sight =
  | { kind: 'ready'; release: string }
  | { kind: 'unavailable'; release: string; failing: string[] }
  | { kind: 'silent'; why: string }

/**
 * What the platform says of the deploy that was asked for. `rolling`: copies of both releases serve, so that a few answers of one
 * may follow each other by chance; `rolled back`: it failed, and the platform itself has put the former release back; `degraded`:
 * copies of it serve, but what belongs to it beside them failed, which the site cannot tell.
 */
export type Platform =
  'under way' | 'rolling' | 'live' | 'degraded' | 'failed' | 'rolled back' | 'replaced'

export interface Watch {
  /** The release that was asked for. */
  wanted: string
  /** Releases whose answers mean only that the change-over is not done yet; none is known where the site was silent: then any. */
  expected: string[]
  /** Answers in a row that make a release live. */
  streak: number
  /** When patience ends, in milliseconds of whatever clock the caller has. */
  deadline: number
}

export interface State {
  outcome: 'waiting' | 'live' | 'late' | 'failed' | 'rolled back' | 'overridden'
  /** The release that answered ready last, and how many times in a row. */
  release?: string
  row: number
}

export const start: State = { outcome: 'waiting', row: 0 }

/** The next state, after one look at the site and, where there is one, at the platform's record of the deploy. */
export function step(
  watch: Watch,
  state: State,
  sight: Sight,
  at: number,
  platform?: Platform
): State {
  const row = sight.kind !== 'ready' ? 0 : sight.release === state.release ? state.row + 1 : 1
  const release = sight.kind === 'ready' ? sight.release : state.release
  const become = (outcome: State['outcome']): State => ({ outcome, release, row })

  if (platform === 'degraded') return become('failed')
  const steady = row >= watch.streak && platform !== 'rolling'
  const isLate = at >= watch.deadline
  if (steady && release === watch.wanted) {
    // it was live before: the site cannot tell the old copies from the new ones, but the platform may
    const repeated = watch.expected.includes(watch.wanted)
    if (!repeated || platform === undefined || platform === 'live') return become('live')
  } else if (steady && watch.expected.length && !watch.expected.includes(release!)) {
    // it may have been asked for before this one, as by a deployer that was killed, as long as this one is still on its way
    if (platform !== 'under way' || isLate) return become('overridden')
  }

  if (platform === 'replaced') return become('overridden')
  if (platform === 'failed' || platform === 'rolled back') return become(platform)
  return become(isLate ? 'late' : 'waiting')
}

/** The release that the last looks agree on, if they are that many and all ready. */
export function agreed(sights: Sight[], streak: number): string | undefined {
  const row = sights.slice(-streak)
  const [first] = row
  const all = row.length === streak && first.kind === 'ready'
  return all && row.every((sight) => sight.kind === 'ready' && sight.release === first.release)
    ? first.release
    : undefined
}

/** One look in words. */
export function describe(sight: Sight): string {
  switch (sight.kind) {
    case 'ready':
      return `${short(sight.release)} is ready`
    case 'unavailable':
      return `${short(sight.release)} is not ready (${sight.failing.join(', ') || 'no reason given'})`
    case 'silent':
      return `no answer (${sight.why})`
  }
}

/** A release as people read it: the first characters of a commit. */
export const short = (release: string) =>
  /^[0-9a-f]{40}$/.test(release) ? release.slice(0, 10) : release
