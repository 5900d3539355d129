import { rm } from 'node:fs/promises'
import ace from '@adonisjs/core/services/ace'
import db from '@adonisjs/lucid/services/db'
import { test } from '@japa/runner'
import { DEMO_LIMIT, demoLetting } from '#database/demo'
import { importRows } from '#services/import/importer'
import { lettings } from '#services/import/lettings'
import { Problems } from '#services/import/problems'
import { takeWriteLock } from '#services/transaction'
import {
  emptyTables,
  everything,
  run,
  runWithInput,
  somebodyWaits,
  start,
  startWith,
  withOriginalRows,
} from '#tests/console/helpers'
import { until } from '#tests/helpers/until'

test.group('db:seed', (group) => {
  withOriginalRows(group)

  test('plants the original rows, and again adds nothing', async ({ assert }) => {
    const before = await everything()
    await emptyTables()
    for (let times = 0; times < 2; times++) {
      const { exitCode } = await run('db:seed')
      assert.equal(exitCode, 0)
      assert.deepEqual(await everything(), before)
    }
  })

  test('plants as many more as wanted, the same ones each time', async ({ assert }) => {
    const { output } = await run('db:seed', '--demo', '25')
    assert.match(output, /25 lettings for the demo: 25 added/)
    const planted = await everything()
    assert.lengthOf(planted.lettings, 31)
    assert.lengthOf(planted.profiles, 7)
    assert.include(planted.lettings[6], {
      title: demoLetting(0).title,
      zip_code: demoLetting(0).zipCode,
    })
    await run('db:seed', '--demo', '25')
    assert.deepEqual(await everything(), planted)
  })

  test('ends when it is told to, with none of the demo rows', async ({ assert, cleanup }) => {
    const { child, ended } = start('db:seed', '--demo', '30000')
    cleanup(() => void child.kill('SIGKILL'))
    child.stdout.once('data', () => child.kill())
    const { stdout, exitCode } = await ended
    assert.equal(exitCode, 143)
    assert.notInclude(stdout, 'added')
    const rows = await everything()
    assert.lengthOf(rows.lettings, 6)
  })

  if (db.primaryConnectionName === 'mysql') {
    test('waits for a command that writes', async ({ assert, cleanup }) => {
      const other = await db.transaction()
      cleanup(() => other.rollback())
      await takeWriteLock(other, 'lettings')
      await other.from('lettings').where('id', 1).delete()
      const seeding = run('db:seed')
      await until('the seeder to wait', somebodyWaits, 5)
      await other.commit()
      assert.include(await seeding, { exitCode: 0 })
      const planted = await everything()
      assert.lengthOf(planted.lettings, 6)
    })
  }

  test('tells machines', async ({ assert }) => {
    const { stdout, exitCode } = await runWithInput('', 'db:seed', '--demo', '3', '--json')
    assert.equal(exitCode, 0)
    assert.deepInclude(JSON.parse(stdout), { ok: true })
    assert.equal(JSON.parse(stdout).lettings.added, 3)
    assert.equal(JSON.parse(stdout).profiles.added, 1)
  })

  test('tells machines what went wrong', async ({ assert }) => {
    const both = [8, 9].map((id) => ({ line: 1, values: { id, ...demoLetting(0) } }))
    await importRows(lettings, both, { problems: new Problems() })
    const { stdout, exitCode } = await runWithInput('', 'db:seed', '--demo', '3', '--json')
    assert.equal(exitCode, 1)
    assert.match(
      JSON.parse(stdout).error,
      /^\[ error \] the demo rows do not fit: 2 lettings are at this address/m
    )
  })

  test('tells machines that it was called wrongly', async ({ assert }) => {
    for (const wrong of ['--demo=0', '--nosuch']) {
      const error = await ace.exec('db:seed', [wrong, '--json']).catch((reason) => reason)
      assert.include(error, { code: 'E_USAGE', json: true }, wrong)
      let told = ''
      const kernel: any = { ui: { logger: { log: (line: string) => (told = line) } } }
      error.render(error, kernel)
      assert.deepEqual(JSON.parse(told), { ok: false, error: error.message })
      assert.equal(kernel.exitCode, 2)
    }
  })

  test('needs the tables', async ({ assert, cleanup }) => {
    const DB_FILE = 'tmp/none.sqlite3'
    cleanup(() => rm(DB_FILE, { force: true }))
    const env = { DB_CONNECTION: 'sqlite', DB_URL: '', DB_FILE }
    const { stdout, exitCode } = await startWith(env, 'db:seed', '--json').ended
    assert.equal(exitCode, 1)
    assert.match(JSON.parse(stdout).error, /^\[ error \] the database has no tables yet/)
  })

  test('says in a line which variable is wrong', async ({ assert }) => {
    const { stderr, exitCode } = await startWith({ DB_PORT: 'x' }, 'db:seed').ended
    assert.match(stderr, /^Configuration error: DB_PORT .*\n$/)
    assert.equal(exitCode, 1)
  })

  test('is called wrongly with anything but a whole number of rows that there are', async ({
    assert,
  }) => {
    const beyond = `--demo=${DEMO_LIMIT + 1}`
    for (const demo of [
      '--demo=0',
      '--demo=-1',
      '--demo=1.5',
      '--demo=many',
      beyond,
      '1000',
      '--nosuch',
    ]) {
      const { exitCode } = await run('db:seed', demo)
      assert.equal(exitCode, 2, demo)
    }
  })

  test('says in one line which variable is wrong, as commands of AdonisJS do', async ({
    assert,
  }) => {
    for (const command of ['db:seed', 'migration:status']) {
      const { stdout, stderr, exitCode } = await startWith({ PORT: 'http' }, command).ended
      assert.equal(exitCode, 1)
      assert.match(stderr, /^Configuration error: PORT .*\n$/)
      assert.equal(stdout, '')
    }
  })
})
