import { statfs } from 'node:fs/promises'
import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'
import { failingChecks } from '#services/health'
import { spawnServer } from '#tests/helpers/server'
import { until } from '#tests/helpers/until'

test.group('Readiness', () => {
  test('is 503 while the disk beside SQLite is nearly full', async ({ assert }) => {
    const { bavail, bsize } = await statfs(app.makePath())
    const twice = Math.ceil((2 * bavail * bsize) / 1e6)
    const server = await spawnServer({ DB_MIN_FREE_MB: String(twice) })
    await server.answers('/health/live', 200)
    const response = await fetch(`${server.url}/health/ready`)
    assert.equal(response.status, 503)
    assert.containsSubset(await response.json(), { status: 'unavailable', failing: ['disk'] })
    assert.equal(await server.status('/lettings'), 200)
  })

  test('says so when the process stood still, and forgets it', async ({ assert }) => {
    const forgets = () =>
      until('no check fails', async () => {
        const failing = await failingChecks()
        return !failing.length
      })
    await forgets()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_200)
    assert.deepEqual(await failingChecks(), ['event-loop'])
    // to all who ask within a second
    assert.deepEqual(await failingChecks(), ['event-loop'])
    await forgets()
  })
})
