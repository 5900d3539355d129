import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from '@japa/runner'
import { deployFrom, givenCheckout } from '#tests/helpers/checkout'
import { platform, variables, type Service } from '../../../deploy/swarm.ts'

const NEW = 'b'.repeat(40)
const OLD = 'a'.repeat(40)

/** A service as the manager tells of it, which runs this release, its image pinned by digest as Swarm does it. */
const given = (release: string, State?: string): Service => ({
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
})
