import { spawnSync } from 'node:child_process'
import { destination } from '@adonisjs/core/logger'
import { test } from '@japa/runner'
import { gathered } from '#services/log_lines'
import { until } from '#tests/helpers/until'

test.group('Log lines', () => {
  function listening() {
    const stream = destination({ dest: 1, sync: false })
    const got: string[] = []
    stream.write = (piece: string) => got.push(piece) > 0
    stream.flushSync = () => void got.push('flushed')
    return { stream, got }
  }

  test('are handed on many at a time, in their order', async ({ assert }) => {
    const { stream, got } = listening()
    const log = gathered(stream)
    for (const line of ['one\n', 'two\n']) log.write(line)
    assert.deepEqual(got, [])
    await until('the first', async () => got.length)
    log.write('three\n')
    await until('the next', async () => got.length > 1)
    assert.deepEqual(got, ['one\ntwo\n', 'three\n'])
  })

  test('a fatal one is written with all before it, at once and once', async ({ assert }) => {
    const { stream, got } = listening()
    const log = gathered(stream)
    log.write('last\n')
    log.flushSync()
    log.write('after it\n')
    await until('what comes after it', async () => got.length > 2)
    assert.deepEqual(got, ['last\n', 'flushed', 'after it\n'])
  })

  test('the last ones are written when the process ends itself or by an error', ({ assert }) => {
    for (const end of ['process.exit()', 'null.gone']) {
      const script = `
        import { destination } from '@adonisjs/core/logger'
        import { gathered } from './app/services/log_lines.ts'
        const log = gathered(destination({ dest: 1, sync: false }))
        log.write('one\\n')
        setImmediate(() => {
          log.write('two\\n')
          ${end}
        })`
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
      // what the destination is writing at that moment may come after its last words
      assert.sameMembers(String(stdout).split('\n'), ['one', 'two', ''], end)
    }
  })
  test('that cannot be written, as on a full disk, wait until they can, and keep no process from going on or ending', ({
    assert,
  }) => {
    for (const [fd, event, written] of [
      ['full', 'error', ''],
      ['1', 'drain', 'one\ntwo\nthree\n'],
    ]) {
      const script = `
        import { once } from 'node:events'
        import { openSync } from 'node:fs'
        import { destination } from '@adonisjs/core/logger'
        import { gathered } from './app/services/log_lines.ts'
        const full = openSync('/dev/full', 'w')
        const stream = destination({ dest: full, sync: false })
        const log = gathered(stream)
        log.write('one\\n')
        await once(stream, 'error')
        stream.fd = ${fd}
        log.write('two\\n')
        await once(stream, '${event}')
        log.write('three\\n')
        log.flushSync()
        process.exit(7)`
      const options = ['--input-type=module', '-e', script]
      const ended = spawnSync(process.execPath, options, { encoding: 'utf8', timeout: 5_000 })
      assert.match(ended.stderr, /^the log cannot be written: ENOSPC.*\n$/)
      assert.deepEqual([ended.status, ended.stdout], [7, written])
    }
  })
})
