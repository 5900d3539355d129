import { test } from '@japa/runner'
import type { Order } from '../../../deploy/history.ts'
import { Failure } from '../../../deploy/output.ts'
import { Moved, travel, type Target } from '../../../deploy/road.ts'
import type { Platform, Sight } from '../../../deploy/watch.ts'

const OLD = 'a'.repeat(40)
const NEW = 'b'.repeat(40)
const OTHER = 'c'.repeat(40)
const ready = (release: string): Sight => ({ kind: 'ready', release })
const silent: Sight = { kind: 'silent', why: 'ECONNREFUSED' }
/** Looks that find what is live. */
const STREAK = 5

/**
 * A site whose clock only moves when the deploy sleeps. What it shows follows from what was asked for last and how many
 * milliseconds ago.
 */
function givenSite({
  before = [ready(OLD)],
  shows,
  refuses,
  platform,
  order = { kind: 'newer', commits: ['b one'] },
}: {
  /** What the looks before it show, in turns. */
  before?: Sight[]
  shows: (asked: string, ms: number) => Sight
  refuses?: (release: string) => string | false
  platform?: (asked: string) => Platform
  order?: Order | ((live: string) => Order)
}) {
  let clock = 0
  let looks = 0
  const asked: { release: string; live?: string; at: number }[] = []
  const said: string[] = []
  const target: Target = {
    name: 'Testbed',
    rollback: 'rollback-testbed',
    async ask(release, live) {
      const no = refuses?.(release)
      if (no) throw new Failure(no)
      asked.push({ release, live, at: clock })
      if (platform) return async () => platform(release)
    },
  }
  return {
    said,
    asked: () => asked.map(({ release }) => release),
    /** What each of those was meant to follow. */
    followed: () => asked.map(({ live }) => live),
    clock: () => clock,
    deploy: (rollback = false) =>
      travel({ release: NEW, rollback, timeout: 60_000, interval: 1_000 }, target, {
        async look() {
          const last = asked.at(-1)
          return last ? shows(last.release, clock - last.at) : before[looks++ % before.length]
        },
        compare: async (_, live) => (typeof order === 'function' ? order(live) : order),
        now: () => clock,
        sleep: async (ms) => void (clock += ms),
        say: (line) => said.push(line),
      }),
  }
}

const comesUp = (asked: string, ms: number) => ready(ms > 20_000 ? asked : OLD)
const onlyOldComesUp = (asked: string) => (asked === OLD ? ready(OLD) : ms503)
const ms503: Sight = { kind: 'unavailable', release: NEW, failing: ['migrations'] }

test.group('Road', () => {
  test('is done when the site itself reports the release', async ({ assert }) => {
    const site = givenSite({ shows: comesUp })
    const { done } = await site.deploy()
    assert.isTrue(done)
    assert.deepEqual(site.asked(), [NEW])
    assert.isAbove(site.clock(), 24_000)
  })

  test('puts the release back that was live when the new one never becomes ready', async ({
    assert,
  }) => {
    const site = givenSite({ shows: onlyOldComesUp })
    const { done, lines } = await site.deploy()
    assert.isFalse(done)
    assert.deepEqual(site.asked(), [NEW, OLD])
    assert.deepEqual(site.followed(), [OLD, undefined])
    assert.match(lines[0], /FAILED: bbbbbbbbbb was not live within 60 s/)
    assert.match(lines[1], /PUT BACK: aaaaaaaaaa is live again/)
  })

  test('puts it back over a release that serves, though the platform gave it up', async ({
    assert,
  }) => {
    const site = givenSite({
      shows: (asked, ms) => ready(ms > 20_000 ? asked : NEW),
      platform: (asked) => (asked === NEW ? 'degraded' : 'live'),
    })
    const { done, lines } = await site.deploy()
    assert.isFalse(done)
    assert.match(lines[1], /PUT BACK: aaaaaaaaaa is live again/)
  })

  test('finds what is live on a site that stumbles at first', async ({ assert }) => {
    const before = [silent, ...Array(STREAK).fill(ready(OLD))]
    const { lines } = await givenSite({ before, shows: onlyOldComesUp }).deploy()
    assert.match(lines[1], /PUT BACK: aaaaaaaaaa is live again/)
  })

  test('fails when the release that is live does not come up once more', async ({ assert }) => {
    const site = givenSite({
      before: [ready(NEW)],
      shows: () => silent,
      order: { kind: 'same' },
    })
    const { done, lines } = await site.deploy()
    assert.isFalse(done)
    assert.deepEqual(site.asked(), [NEW])
    assert.match(lines[1], /NOT put back: it is the same release/)
  })

  test('says so when not even the former release comes back', async ({ assert }) => {
    const site = givenSite({ shows: () => silent })
    const { done, lines } = await site.deploy()
    assert.isFalse(done)
    assert.match(lines[1], /NOT PUT BACK: aaaaaaaaaa was asked for, but it is late/)
  })

  test('stops waiting as soon as the platform gave the release up', async ({ assert }) => {
    const site = givenSite({
      shows: () => ready(OLD),
      platform: (asked) => (asked === NEW ? 'failed' : 'live'),
    })
    const { done, lines } = await site.deploy()
    assert.isFalse(done)
    assert.isBelow(site.clock(), 20_000)
    assert.match(lines[1], /PUT BACK/)
  })

  test('leaves the way back to a platform that goes it by itself, and watches it', async ({
    assert,
  }) => {
    const site = givenSite({
      shows: (_, ms) => (ms > 20_000 ? ready(OLD) : ms503),
      platform: () => 'rolled back',
    })
    const { done, lines } = await site.deploy()
    assert.isFalse(done)
    assert.deepEqual(site.asked(), [NEW])
    assert.isAbove(site.clock(), 24_000)
    assert.match(lines[1], /PUT BACK by Testbed itself: aaaaaaaaaa is live again/)
  })

  test('says so when the platform that goes back by itself does not arrive', async ({ assert }) => {
    const site = givenSite({ shows: () => silent, platform: () => 'rolled back' })
    const { lines } = await site.deploy()
    assert.match(lines[1], /NOT PUT BACK: aaaaaaaaaa was to come back, but it is late/)
  })

  test('does not put anything back over a deploy that came after it', async ({ assert }) => {
    const seen = givenSite({ shows: () => ready(OTHER) })
    const told = givenSite({ shows: () => ready(OLD), platform: () => 'replaced' })
    for (const site of [seen, told]) {
      const { done, lines } = await site.deploy()
      assert.isFalse(done)
      assert.deepEqual(site.asked(), [NEW])
      assert.match(lines[0], /OVERRIDDEN/)
    }
  })

  test('has nothing to put back when nothing was live', async ({ assert }) => {
    const site = givenSite({ before: [silent], shows: () => silent })
    const { done, lines } = await site.deploy()
    assert.isFalse(done)
    assert.deepEqual(site.asked(), [NEW])
    assert.match(lines[1], /NOT put back: no release was live/)
  })

  test('leaves the site alone when the target refuses, and says what is live', async ({
    assert,
  }) => {
    const site = givenSite({ shows: comesUp, refuses: () => 'HTTP 404' })
    const { done, lines } = await site.deploy()
    assert.isFalse(done)
    assert.deepEqual(site.asked(), [])
    assert.match(
      lines.join('\n'),
      /did not take bbbbbbbbbb: HTTP 404\nNothing to put back: aaaaaaaaaa is live, as before/
    )
    const before = [OLD, OTHER].flatMap((live) => Array(STREAK).fill(ready(live)))
    const moved = await givenSite({ before, shows: comesUp, refuses: () => 'HTTP 404' }).deploy()
    assert.equal(moved.lines[1], 'Nothing to put back: cccccccccc is live')
  })

  test('says so when the way back is refused', async ({ assert }) => {
    const site = givenSite({
      shows: onlyOldComesUp,
      refuses: (release) => release === OLD && 'HTTP 503',
    })
    const { lines } = await site.deploy()
    assert.match(lines[1], /NOT PUT BACK: aaaaaaaaaa was asked for, but HTTP 503/)
  })

  test('does not begin anew where another deploy came before the way back', async ({ assert }) => {
    const site = givenSite({
      shows: onlyOldComesUp,
      refuses(release) {
        if (release === OLD) throw new Moved('too late')
        return false
      },
    })
    const { lines } = await site.deploy()
    assert.match(lines[1], /NOT PUT BACK: aaaaaaaaaa was asked for, but another deploy went first/)
  })

  test('bears a network that is gone for a while', async ({ assert }) => {
    const site = givenSite({
      shows: (asked, ms) => (ms > 5_000 && ms < 30_000 ? silent : comesUp(asked, ms)),
    })
    const { done } = await site.deploy()
    assert.isTrue(done)
    assert.include(site.said.join('\n'), 'no answer (ECONNREFUSED)')
  })

  test('never goes backwards by itself, and touches nothing then', async ({ assert }) => {
    const site = givenSite({ shows: comesUp, order: { kind: 'older' } })
    const error = await site.deploy().catch((reason) => reason)
    assert.instanceOf(error, Failure)
    assert.equal(error.exitCode, 2)
    assert.match(error.message, /make rollback-testbed RELEASE=b{40}/)
    assert.deepEqual(site.asked(), [])
  })

  test('never goes backwards on a site that is not steady either: {$i}')
    .with([
      [{ kind: 'unavailable', release: OTHER, failing: ['database'] }],
      [ready(OLD), ready(OTHER)],
    ] satisfies Sight[][])
    .run(async ({ assert }, before) => {
      const order = (live: string): Order =>
        live === OTHER ? { kind: 'older' } : { kind: 'newer', commits: ['b one'] }
      const site = givenSite({ before, shows: comesUp, order })
      await assert.rejects(() => site.deploy(), /nothing was touched: cccccccccc, .* is newer/)
      assert.deepEqual(site.asked(), [])
    })

  test('goes on watching when the former release comes back to a site that was silent', async ({
    assert,
  }) => {
    const { done } = await givenSite({ before: [silent], shows: comesUp }).deploy()
    assert.isTrue(done)
  })

  test('goes backwards when that is what is wanted, by the same road', async ({ assert }) => {
    const site = givenSite({ shows: comesUp, order: { kind: 'older' } })
    const outcome = await site.deploy(true)
    assert.isTrue(outcome.done)
    const failing = givenSite({ shows: onlyOldComesUp, order: { kind: 'older' } })
    const failed = await failing.deploy(true)
    assert.match(failed.lines[1], /PUT BACK/)
  })

  test('names the commits that go live without a deploy of their own', async ({ assert }) => {
    const site = givenSite({
      shows: comesUp,
      order: { kind: 'newer', commits: ['b two', 'b one'] },
    })
    await site.deploy()
    assert.include(site.said.join('\n'), '2 commits go live together')
    assert.include(site.said.join('\n'), 'b one')
  })
})
