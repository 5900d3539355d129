import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'
import { deployFrom, givenCheckout } from '#tests/helpers/checkout'
import { until } from '#tests/helpers/until'
import { platform, variables, type Service } from '../../../deploy/swarm.ts'

const NEW = 'b'.repeat(40)
const OLD = 'a'.repeat(40)

/** A service as the manager tells of it, which runs this release, its image pinned by digest as Swarm does it. */
const given = (release: string, State?: string): Service => ({
  Version: { Index: 1 },
  Spec: {
    TaskTemplate: {
      ContainerSpec: { Image: `owner/oc-lettings-site:${release}@sha256:${'0'.repeat(64)}` },
    },
  },
  ...(State && { UpdateStatus: { State, Message: '' } }),
})

test.group('Swarm', () => {
  test('record of {state} on the {on} release means {verdict}')
    .with([
      { on: 'new', state: undefined, verdict: undefined },
      { on: 'new', state: 'updating', verdict: 'rolling' },
      { on: 'new', state: 'completed', verdict: 'live' },
      { on: 'new', state: 'paused', verdict: 'failed' },
      { on: 'former', state: 'rollback_started', verdict: 'rolling' },
      { on: 'former', state: 'rollback_completed', verdict: 'rolled back' },
      { on: 'former', state: 'rollback_paused', verdict: 'failed' },
      // somebody deployed after it
      { on: 'former', state: undefined, verdict: 'replaced' },
      { on: 'former', state: 'updating', verdict: 'replaced' },
      { on: 'former', state: 'completed', verdict: 'replaced' },
      // by `docker service rollback`, from a release that came after it
      { on: 'new', state: 'rollback_started', verdict: 'rolling' },
      { on: 'new', state: 'rollback_completed', verdict: 'live' },
    ] as const)
    .run(({ assert }, { on, state, verdict }) => {
      assert.equal(platform(given(on === 'new' ? NEW : OLD, state), NEW), verdict)
    })

  test('copies that are {state} with a proxy that is {proxy} are {verdict}')
    .with([
      { state: 'completed', proxy: 'completed', verdict: 'live' },
      { state: undefined, proxy: 'completed', verdict: undefined },
      { state: 'completed', proxy: 'updating', verdict: 'rolling' },
      { state: undefined, proxy: 'updating', verdict: 'rolling' },
      { state: 'completed', proxy: 'paused', verdict: 'degraded' },
      { state: undefined, proxy: 'paused', verdict: 'degraded' },
      { state: 'completed', proxy: 'rollback_started', verdict: 'degraded' },
      { state: 'completed', proxy: 'rollback_completed', verdict: 'degraded' },
      { state: 'completed', proxy: 'rollback_paused', verdict: 'degraded' },
      // first the copies
      { state: 'updating', proxy: 'paused', verdict: 'rolling' },
      { state: 'paused', proxy: 'updating', verdict: 'failed' },
    ] as const)
    .run(({ assert }, { state, proxy, verdict }) => {
      assert.equal(platform(given(NEW, state), NEW, given(NEW, proxy)), verdict)
    })

  test('a client that fails: {when} the copies got the release, {says}')
    .with([
      { when: 'after', index: 2, runs: NEW, says: 'Swarm goes on, and so does the run' },
      { when: 'before', index: 1, runs: OLD, says: 'nothing was taken' },
      { when: 'once more, but before', index: 1, runs: NEW, says: 'nothing was taken' },
      { when: 'after others than', index: 2, runs: OLD, says: 'nothing was taken' },
    ])
    .run(async ({ assert }, { index, runs, says }) => {
      const { folder, newer } = await givenCheckout()
      await writeFile(join(folder, '.env'), '')
      const service = { ...given(runs === NEW ? newer : OLD, 'updating'), Version: { Index: 1 } }
      await writeFile(join(folder, 'before'), JSON.stringify(service))
      await writeFile(
        join(folder, 'now'),
        JSON.stringify({ ...service, Version: { Index: index } })
      )
      const docker = [
        'if [ $1 = stack ]; then mv now before; echo the wire is cut >&2; exit 1; fi',
        'if [ $2 = inspect ]; then cat before; fi',
      ]
      const { ended } = await deployFrom(folder, 'deploy-swarm', ['docker', docker.join('\n')], {
        RELEASE: newer,
        SWARM_SITE_URL: 'http://127.0.0.1:1',
      })
      const output = await ended
      assert.include(output, 'docker stack deploy: the wire is cut')
      const taken = says !== 'nothing was taken'
      assert.equal(output.includes('was not live within 1 s'), taken, output)
      assert.equal(output.includes('the swarm did not take'), !taken, output)
    })

  test('knows a release behind a registry with a port, and without a digest', ({ assert }) => {
    const service = given(NEW, 'completed')
    service.Spec.TaskTemplate.ContainerSpec.Image = `127.0.0.1:5000/site:${NEW}`
    assert.equal(platform(service, NEW), 'live')
  })

  test('takes its variables from .env, and over it from an environment that says more than nothing', ({
    assert,
  }) => {
    const dotenv = 'DB_URL=mysql://u:p@db/site\nCOPIES=2\n'
    assert.deepEqual(variables(dotenv, { DB_URL: '', COPIES: '3', PATH: '/bin' }), {
      DB_URL: 'mysql://u:p@db/site',
      COPIES: '3',
      PATH: '/bin',
    })
  })

  test('gives the copies what .env says, read as everywhere else', async ({ assert }) => {
    const { folder, newer } = await givenCheckout()
    const dotenv = 'SENTRY_DSN="https://key@o1.example/2"\nLOG_LEVEL=warn # for now\n'
    await writeFile(join(folder, '.env'), dotenv)
    const docker = 'if [ $1 = stack ]; then sort $(dirname $5)/.env >stack; fi; exit 1'
    const { ended } = await deployFrom(folder, 'deploy-swarm', ['docker', docker], {
      RELEASE: newer,
      SWARM_SITE_URL: 'http://127.0.0.1:1',
    })
    await ended
    const lines = await readFile(join(folder, 'stack'), 'utf8')
    assert.equal(lines, 'LOG_LEVEL=warn\nSENTRY_DSN=https://key@o1.example/2\n')
  })

  test('leaves no secret behind when it is interrupted', async ({ assert }) => {
    const { folder, newer } = await givenCheckout()
    await writeFile(join(folder, '.env'), 'APP_KEY=secret\n')
    const temporary = join(folder, 'tmp')
    await mkdir(temporary)
    const docker = 'if [ $1 = stack ]; then exec sleep 5; fi; exit 1'
    const { deploy, ended } = await deployFrom(folder, 'deploy-swarm', ['docker', docker], {
      RELEASE: newer,
      SWARM_SITE_URL: 'http://127.0.0.1:1',
      TMPDIR: temporary,
    })
    await until('the stack', async () => {
      const names = await readdir(temporary, { recursive: true })
      return names.some((name) => name.endsWith('1.yml'))
    })
    deploy.kill('SIGINT')
    assert.include(await ended, 'STOPPED by SIGINT')
    assert.deepEqual(await readdir(temporary), [])
  })

  test("brings the release's own files, whatever is checked out", async ({ assert }) => {
    const { folder, older } = await givenCheckout()
    await writeFile(join(folder, '.env'), '')
    const docker =
      'if [ $1 = stack ]; then cat $5 $7 $(dirname $5)/haproxy.cfg >stack; fi; echo refused >&2; exit 1'
    const { ended } = await deployFrom(folder, 'rollback-swarm', ['docker', docker], {
      RELEASE: older,
      SWARM_SITE_URL: 'http://127.0.0.1:1',
    })
    assert.match(await ended, /did not take .*: docker stack deploy: refused/)
    const stack = await readFile(join(folder, 'stack'), 'utf8')
    assert.deepEqual(stack.match(/older|newer/g), ['older', 'older', 'older'])
  })

  test('the proxy takes no more connections than its memory holds', async ({ assert }) => {
    const read = (file: string) => readFile(app.makePath('deploy/swarm', file), 'utf8')
    const [, connections] = /^global\n(?: .*\n)* {2}maxconn (\d+)$/m.exec(
      await read('haproxy.cfg')
    )!
    const [, megabytes] = /^ {2}proxy:\n(?: {4}.*\n|\n)* .*memory: (\d+)m/m.exec(
      await read('stack.yml')
    )!
    assert.isAtMost(Number(connections) * 64, Number(megabytes) * 1_024)
  })
})
