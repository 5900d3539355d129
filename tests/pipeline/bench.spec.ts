import { spawnSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'
import { givenFolder } from '#tests/helpers/server'

const hasWrk = spawnSync('wrk', ['-v']).error === undefined
if (!hasWrk && process.env.REQUIRE_WRK) throw new Error('REQUIRE_WRK is set and there is no wrk')

/** What looks like a build and runs the sources. */
async function givenBuild() {
  const folder = await givenFolder()
  await mkdir(join(folder, 'bin'))
  const server = `import '@poppinss/ts-exec'\nawait import('${app.makePath('bin/server.ts')}')`
  await writeFile(join(folder, 'bin/server.js'), server)
  await writeFile(join(folder, 'ace.js'), `await import('${app.makePath('ace.js')}')`)
  return folder
}

test.group('make bench', () => {
  test('measures a row, and says what it left out', async ({ assert }) => {
    const options = ['--build', await givenBuild(), '--runs', '1', '--seconds', '1', '404']
    const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/main.ts', ...options], {
      cwd: app.makePath(),
      encoding: 'utf8',
      env: { ...process.env, DB_URL: '' },
    })
    assert.equal(status, 0, stderr)
    if (!hasWrk) return assert.match(stderr, /LEFT OUT: .*wrk/)
    assert.match(stdout, /^\| 404 +\| [1-9]\d* \/s +\| [1-9]\d* \/s +\| \d\.\d\d +\|/m)
    assert.match(stderr, /LEFT OUT: latency on MySQL or MariaDB/)
  }).timeout(60_000)

  test('has a place in the docs for each of its tables', async ({ assert }) => {
    const page = await readFile(app.makePath('docs/performance.md'), 'utf8')
    for (const name of ['http', 'sqlite', 'mysql', 'pipeline', 'soak'])
      assert.match(page, new RegExp(`<!-- ${name} -->[^]*<!-- /${name} -->`))
  })
})
