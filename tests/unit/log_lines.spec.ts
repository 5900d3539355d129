import { spawnSync } from 'node:child_process'
import { setImmediate as turn } from 'node:timers/promises'
import { destination } from '@adonisjs/core/logger'
import { test } from '@japa/runner'
import { inTurns } from '#services/log_lines'

test.group('Log lines', () => {
  function listening() {
    const stream = destination({ dest: 1, sync: false })
    const got: string[] = []
    stream.write = (piece: string) => got.push(piece) > 0
    stream.flushSync = () => void got.push('flushed')
    return { stream, got }
  }

  test('those of one turn are handed on together, in their order', async ({ assert }) => {
    const { stream, got } = listening()
    const log = inTurns(stream)
    for (const line of ['one\n', 'two\n']) log.write(line)
    assert.deepEqual(got, [])
    await turn()
    log.write('three\n')
    await turn()
    await turn()
    assert.deepEqual(got, ['one\ntwo\n', 'three\n'])
  })

  test('a fatal one is written with all before it, at once and once', async ({ assert }) => {
    const { stream, got } = listening()
    const log = inTurns(stream)
    log.write('last\n')
    log.flushSync()
    await turn()
    assert.deepEqual(got, ['last\n', 'flushed'])
  })

  test('the last ones are written when the process ends itself or by an error', ({ assert }) => {
    for (const end of ['process.exit()', 'null.gone']) {
      const script = `
        import { destination } from '@adonisjs/core/logger'
        import { inTurns } from './app/services/log_lines.ts'
        const log = inTurns(destination({ dest: 1, sync: false }))
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
})
