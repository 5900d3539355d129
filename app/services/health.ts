import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { minFree, queryTimeout, sqliteFile } from '#config/database'
import { pendingMigrations } from '#services/database'

/** Milliseconds that a check may take. */
const TIMEOUT = 2_000
/** Milliseconds that an answer is good for, so that asking often does not load the database. */
const FRESH = 1_000

/** Milliseconds for which the process may have stood still since it was last asked. */
const STALL = 2_000

/** Milliseconds between two samples of the event loop. */
const SAMPLE = 100

// Not monitorEventLoopDelay(): what begins within its first interval after a reset is lost.
let sampled = performance.now()
let longest = 0
function sample() {
  const now = performance.now()
  longest = Math.max(longest, now - sampled)
  sampled = now
}
setInterval(sample, SAMPLE).unref()

/** Each returns, or throws why this copy should get no requests. */
const checks = {
  async 'database'() {
    await db.rawQuery('select 1').timeout(queryTimeout)
  },
  async 'migrations'() {
    const pending = await pendingMigrations()
    if (pending.length) throw new Error(`pending: ${pending.join(', ')}`)
  },
  async 'disk'() {
    if (db.primaryConnectionName !== 'sqlite') return
    const { bavail, bsize } = await statfs(dirname(sqliteFile))
    if (bavail * bsize < minFree) throw new Error(`less than ${minFree} bytes are free`)
  },
  async 'event-loop'() {
    sample()
    const stall = longest
    longest = 0
    if (stall > STALL) throw new Error(`stood still for ${stall} ms`)
  },
}

const passes = (check: () => Promise<void>) =>
  Promise.race([
    check().then(
      () => true,
      () => false
    ),
    setTimeout(TIMEOUT, false, { ref: false }),
  ])

let last: { at: number; failing: Promise<string[]> } | undefined

/** Names of the checks that fail now, or failed within the last second. A shutdown is seen at once. */
export async function failingChecks(): Promise<string[]> {
  if (app.isTerminating) return ['shutdown']
  if (!last || performance.now() - last.at > FRESH) {
    const names = Object.keys(checks) as (keyof typeof checks)[]
    const results = names.map(async (name) => ((await passes(checks[name])) ? [] : [name]))
    last = { at: performance.now(), failing: Promise.all(results).then((lists) => lists.flat()) }
  }
  return last.failing
}
