import { setTimeout } from 'node:timers/promises'
import { test } from '@japa/runner'
import { alone } from '#services/database'
import { start } from '#tests/console/helpers'

test.group('node ace migration:run', () => {
  test('waits for a copy that migrates', async ({ assert, cleanup }) => {
    const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const copy = alone(() => (begun.resolve(), end.promise))
    cleanup(() => end.resolve())
    await begun.promise
    const { ended } = start('migration:run', '--no-schema-generate')
    // on an idle machine it takes a quarter of that
    assert.isUndefined(await Promise.race([ended, setTimeout(6_000)]))
    end.resolve()
    await copy
    const { exitCode, stdout } = await ended
    assert.equal(exitCode, 0)
    assert.include(stdout, 'Already up to date')
  }).timeout(30_000)
})
