import { test } from '@japa/runner'
import {
  agreed,
  describe,
  start,
  step,
  type Platform,
  type Sight,
  type Watch,
} from '../../../deploy/watch.ts'

const watch: Watch = { wanted: 'new', expected: ['old'], streak: 3, deadline: 1_000 }
const ready = (release: string): Sight => ({ kind: 'ready', release })
const unavailable = (release: string): Sight => ({
  kind: 'unavailable',
  release,
  failing: ['database'],
})
const silent: Sight = { kind: 'silent', why: 'ECONNREFUSED' }

/** The outcome after these looks, a millisecond apart. */
const after = (
  sights: Sight[],
  { platform, at = 0, ...changes }: Partial<Watch> & { platform?: Platform; at?: number } = {}
) =>
  sights.reduce(
    (state, sight, i) => step({ ...watch, ...changes }, state, sight, at + i, platform),
    start
  ).outcome

test.group('Watch', () => {
  test('a release is live after enough ready answers in a row', ({ assert }) => {
    assert.equal(after([ready('new'), ready('new')]), 'waiting')
    assert.equal(after([ready('new'), ready('new'), ready('new')]), 'live')
  })

  test('anything between two of them starts the row anew: {$self}')
    .with([ready('old'), silent, unavailable('new')])
    .run(({ assert }, between) => {
      assert.equal(
        after([ready('new'), ready('new'), between, ready('new'), ready('new')]),
        'waiting'
      )
    })

  test('the former release may answer for as long as there is time', ({ assert }) => {
    assert.equal(after(Array(900).fill(ready('old'))), 'waiting')
  })

  test('time ends the waiting, unless the last answer completes the row', ({ assert }) => {
    assert.equal(after([ready('old')], { at: 999 }), 'waiting')
    assert.equal(after([ready('old')], { at: 1_000 }), 'late')
    assert.equal(after([ready('new'), ready('new'), ready('new')], { at: 998 }), 'live')
  })

  test('a third release that answers steadily has overridden this one', ({ assert }) => {
    assert.equal(after([ready('other'), ready('other')]), 'waiting')
    assert.equal(after([ready('other'), ready('other'), ready('other')]), 'overridden')
  })

  test('a third release was asked for before this one if the platform is still at work on this one', ({
    assert,
  }) => {
    const platform = 'under way'
    const others = Array(4).fill(ready('other'))
    assert.equal(after(others, { platform }), 'waiting')
    assert.equal(after([...others, ...Array(3).fill(ready('new'))], { platform }), 'live')
    assert.equal(after(others, { platform: 'failed' }), 'overridden')
    assert.equal(after(others, { platform, at: 1_000 }), 'overridden')
  })

  test('over a site that was silent nothing overrides: it may be the former release that comes back', ({
    assert,
  }) => {
    const silentBefore = { expected: [] }
    assert.equal(after(Array(4).fill(ready('old')), silentBefore), 'waiting')
    assert.equal(after(Array(4).fill(ready('new')), silentBefore), 'live')
  })

  test('the platform is believed when it says that a deploy failed or was replaced', ({
    assert,
  }) => {
    assert.equal(after([ready('old')], { platform: 'failed' }), 'failed')
    assert.equal(after([ready('old')], { platform: 'replaced' }), 'overridden')
  })

  test('the platform is not believed when it says that a deploy is live', ({ assert }) => {
    assert.equal(
      after([ready('old'), ready('old'), ready('old'), ready('old')], { platform: 'live' }),
      'waiting'
    )
    assert.equal(after([silent], { platform: 'live', at: 1_000 }), 'late')
  })

  test('a few answers in a row prove nothing while copies of both releases serve', ({ assert }) => {
    const steady = Array(9).fill(ready('new'))
    assert.equal(after(steady, { platform: 'rolling' }), 'waiting')
    assert.equal(after(steady, { platform: 'rolling', at: 1_000 }), 'late')
    assert.equal(after(steady, { platform: 'live' }), 'live')
  })

  test('a platform that has put the former release back by itself ends the waiting', ({
    assert,
  }) => {
    assert.equal(after([ready('old')], { platform: 'rolled back' }), 'rolled back')
  })

  test('the site is believed over a platform that gave up', ({ assert }) => {
    const [first, second, third] = Array(3).fill(ready('new'))
    const state = [first, second].reduce(
      (former, sight) => step(watch, former, sight, 0, 'under way'),
      start
    )
    assert.equal(step(watch, state, third, 0, 'failed').outcome, 'live')
  })

  test('the site is not believed over a platform that gave up what it cannot tell', ({
    assert,
  }) => {
    assert.equal(after(Array(9).fill(ready('new')), { platform: 'degraded' }), 'failed')
  })

  test('a release that was live before waits for the platform, if there is one, to tell new copies from old', ({
    assert,
  }) => {
    const same = { wanted: 'old' }
    const sights = Array(4).fill(ready('old'))
    assert.equal(after(sights, { ...same, platform: 'under way' }), 'waiting')
    assert.equal(after(sights, { ...same, platform: 'live' }), 'live')
    assert.equal(after(sights, same), 'live')
  })

  test('what was live is what the last answers agree on', ({ assert }) => {
    assert.equal(agreed([silent, ready('old'), ready('old')], 2), 'old')
    assert.isUndefined(agreed([ready('old')], 2))
    assert.isUndefined(agreed([ready('old'), ready('new')], 2))
    assert.isUndefined(agreed([unavailable('old'), unavailable('old')], 2))
  })

  test('a look reads as a line', ({ assert }) => {
    assert.equal(describe(ready('0123456789'.repeat(4))), '0123456789 is ready')
    assert.equal(describe(unavailable('development')), 'development is not ready (database)')
    assert.equal(describe(silent), 'no answer (ECONNREFUSED)')
  })
})
