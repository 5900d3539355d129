/** The one road to a live release, whatever the target: note what is live, ask, watch the site, else put back what was live. */
import { Failure } from './output.ts'
import type { Order } from './history.ts'
import {
  agreed,
  describe,
  short,
  start,
  step,
  type Platform,
  type Sight,
  type State,
} from './watch.ts'

/** Something that can be asked to run a release. */
export interface Target {
  name: string
  /** The make target that brings an older release back to it. */
  rollback: string
  /**
   * Asks for a release; `live` is the one that it is meant to follow, if any. Returns how to ask the platform what became of it, if it can tell; throws a Failure if the answer is
   * no, and then nothing of this release is left behind.
   */
  ask(release: string, live?: string): Promise<(() => Promise<Platform | undefined>) | void>
}

/** Thrown by a target when another release has become live since the start, or may have: nothing was touched, and the trip begins anew. */
export class Moved extends Error {}

/** Everything that the road takes from outside. */
export interface World {
  look(): Promise<Sight>
  compare(release: string, live: string): Promise<Order>
  now(): number
  sleep(ms: number): Promise<unknown>
  say(line: string): void
}

interface Trip {
  release: string
  /** Whether going back to an older release is what is wanted. */
  rollback: boolean
  /** Milliseconds that a release may take until it is live. */
  timeout: number
  /** Milliseconds between two looks. */
  interval: number
}

/** Answers in a row that make a release live, and how many looks it may take to find what is live at the start. */
const STREAK = 5
const LOOKS = 3 * STREAK
/** Milliseconds between two lines while nothing changes. */
const REPEAT = 30_000

/** Goes the road. `done` tells whether the release is live; `lines` what happened, for people; `before` what was live at the start. */
export async function travel(
  trip: Trip,
  target: Target,
  world: World
): Promise<{ done: boolean; lines: string[]; before?: string }> {
  const { release } = trip
  const before = await note(trip, world)
  // a site that is not steady may run any of those that it answered with
  for (const other of before.live ? [before.live] : before.seen)
    await checkOrder(trip, target, other, world)

  const result = await bring(release, before.seen, before.live)
  if (result === 'live')
    return end(
      true,
      `${target.name} runs ${short(release)}: ${STREAK} fresh answers in a row say so`
    )

  if (result instanceof Failure) {
    const now = await note(trip, world)
    const lives = now.live
      ? `${short(now.live)} is live${now.live === before.live ? ', as before' : ''}`
      : 'the site does not answer steadily'
    return end(
      false,
      `FAILED: ${target.name} did not take ${short(release)}: ${result.message}`,
      `Nothing to put back: ${lives}`
    )
  }
  if (result.outcome === 'overridden') {
    const other =
      result.release && result.release !== release && !before.seen.includes(result.release)
    const by = other
      ? `${short(result.release!)} is live instead`
      : 'the platform replaced or cancelled this deploy'
    return end(
      false,
      `OVERRIDDEN: ${by}. Another deploy came after this one; it is left alone, its own run answers for it`
    )
  }

  const why = `FAILED: ${short(release)} ${result.outcome === 'late' ? `was not live within ${trip.timeout / 1000} s` : 'was given up by the platform'}`
  if (!before.live) return end(false, why, 'NOT put back: no release was live before this one')
  if (before.live === release)
    return end(false, why, 'NOT put back: it is the same release that was live before')

  const byItself = result.outcome === 'rolled back'
  world.say(
    `${why}; ${byItself ? `${target.name} puts the former release back by itself` : `putting ${short(before.live)} back`}`
  )
  const seen = [release, ...before.seen]
  const back = await (byItself ? watch(before.live, seen) : bring(before.live, seen))
  if (back === 'live')
    return end(
      false,
      why,
      `PUT BACK${byItself ? ` by ${target.name} itself` : ''}: ${short(before.live)} is live again`
    )
  const trouble = back instanceof Failure ? back.message : `it is ${back.outcome}`
  return end(
    false,
    why,
    `NOT PUT BACK: ${short(before.live)} was ${byItself ? 'to come back' : 'asked for'}, but ${trouble}. Look at the site now`
  )

  function end(done: boolean, ...lines: string[]) {
    return { done, lines, before: before.live }
  }

  /** Asks for a release and watches it. */
  async function bring(
    wanted: string,
    expected: string[],
    live?: string
  ): Promise<'live' | State | Failure> {
    world.say(`asking ${target.name} for ${short(wanted)}`)
    let follow
    try {
      follow = await target.ask(wanted, live)
    } catch (error) {
      if (error instanceof Failure) return error
      // on the way back there is nothing to begin anew
      if (error instanceof Moved && wanted !== release)
        return new Failure('another deploy went first')
      throw error
    }
    return watch(wanted, expected, follow)
  }

  /** Watches until a release is live or there is no more hope. */
  async function watch(
    wanted: string,
    expected: string[],
    follow?: (() => Promise<Platform | undefined>) | void
  ): Promise<'live' | State> {
    const terms = { wanted, expected, streak: STREAK, deadline: world.now() + trip.timeout }
    let state = start
    let said = { line: '', at: -Infinity }
    for (;;) {
      const [sight, platform] = await Promise.all([world.look(), follow?.()])
      state = step(terms, state, sight, world.now(), platform)
      const line = `${describe(sight)}${platform ? `; ${target.name} says: ${platform}` : ''}`
      if (line !== said.line || world.now() - said.at >= REPEAT) {
        world.say(line)
        said = { line, at: world.now() }
      }
      if (state.outcome === 'live') return 'live'
      if (state.outcome !== 'waiting') return state
      await world.sleep(trip.interval)
    }
  }
}

/** The release that is live, if the site says so steadily, and every release that answered meanwhile. */
export async function note(
  { interval }: Pick<Trip, 'interval'>,
  world: Pick<World, 'look' | 'sleep' | 'say'>
): Promise<{ live?: string; seen: string[] }> {
  const sights: Sight[] = []
  for (;;) {
    sights.push(await world.look())
    const live = agreed(sights, STREAK)
    const seen = [
      ...new Set(sights.flatMap((sight) => ('release' in sight ? [sight.release] : []))),
    ]
    if (live || sights.length === LOOKS) {
      const several = seen.length > 1 && `${seen.map(short).join(' and ')} answer in turns`
      world.say(
        live ? `${short(live)} is live` : several || `nothing is live: ${describe(sights.at(-1)!)}`
      )
      return { live, seen }
    }
    await world.sleep(interval)
  }
}

/** Says what lies between a release that the site runs and this one; never goes backwards unless that is what was asked for. */
async function checkOrder(
  { release, rollback }: Trip,
  target: Target,
  other: string,
  { compare, say }: World
) {
  if (rollback) return
  const order = await compare(release, other)
  if (order.kind === 'same')
    say(`${short(release)} is on the site already; it is deployed once more`)
  if (order.kind === 'unknown')
    say(
      `${short(order.commit)} is not in this checkout's history, so nobody can say which release is newer`
    )
  if (order.kind === 'apart')
    say(`${short(other)}, which is on the site, is on another branch than ${short(release)}`)
  if (order.kind === 'newer' && order.commits.length > 1) {
    say(
      `${order.commits.length} commits go live together, those between without a deploy of their own:`
    )
    for (const commit of order.commits.slice(0, 10)) say(`  ${commit}`)
    if (order.commits.length > 10) say(`  and ${order.commits.length - 10} more`)
  }
  if (order.kind === 'older') {
    throw new Failure(
      `nothing was touched: ${short(other)}, which is on the site, is newer than ${short(release)}. If going back is what you want: make ${target.rollback} RELEASE=${release}`,
      2
    )
  }
}
