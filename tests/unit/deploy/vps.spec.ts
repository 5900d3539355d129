import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from '@japa/runner'
import { deployFrom, givenCheckout } from '#tests/helpers/checkout'
import { until } from '#tests/helpers/until'

const server = {
  VPS_HOST: 'localhost',
  VPS_KNOWN_HOST: `localhost ssh-ed25519 ${'A'.repeat(68)}`,
  VPS_SITE_URL: 'http://127.0.0.1:1',
  VPS_SSH_KEY: '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n',
}

test.group('A deploy to a server', () => {
  test('leaves its key nowhere when it is interrupted', async ({ assert }) => {
    const { folder, newer } = await givenCheckout()
    const temporary = join(folder, 'tmp')
    await mkdir(temporary)
    const env = { ...server, TMPDIR: temporary, RELEASE: newer }
    const { deploy, ended } = await deployFrom(
      folder,
      'deploy-vps',
      ['ssh', 'touch called; exec sleep 5'],
      env
    )
    const left = () => readdir(temporary, { recursive: true })
    await until('the key', async () => {
      if (deploy.exitCode !== null) assert.fail(await ended)
      const [called, names] = [await readdir(folder), await left()]
      return called.includes('called') && names.some((name) => name.endsWith('key'))
    })
    deploy.kill('SIGINT')
    assert.match(
      await ended,
      /STOPPED by SIGINT: .* `make status SITE_URL=http:\/\/127\.0\.0\.1:1`/
    )
    assert.deepEqual(await left(), [])
  })

  test('is left to the server where the connection ends first: {$self}')
    .with(['exit 255', 'kill -9 $$'])
    .run(async ({ assert }, end) => {
      const { folder, newer } = await givenCheckout()
      const ssh = `cat >parcel; echo server: at work; ${end}`
      const { ended } = await deployFrom(folder, 'deploy-vps', ['ssh', ssh], {
        ...server,
        RELEASE: newer,
      })
      assert.match(await ended, /the connection is lost; the server goes on[^]*not live within 1 s/)
    })

  test("brings the release's own files, whatever is checked out", async ({ assert }) => {
    const { folder, older } = await givenCheckout()
    const { ended } = await deployFrom(
      folder,
      'rollback-vps',
      ['ssh', 'echo "$*" >arguments; cat >parcel; exit 1'],
      {
        ...server,
        RELEASE: older,
      }
    )
    const output = await ended
    assert.include(output, 'the server says why above')
    assert.include(await readFile(join(folder, 'arguments'), 'utf8'), ' oc-lettings@localhost ')
    const tar = (...args: string[]) =>
      execFileSync('tar', [...args], { cwd: folder, encoding: 'utf8' })
    const files = ['docker-compose.yml', 'docker-compose.override.yml', 'copies.yml']
    assert.sameMembers(tar('-tf', 'parcel').trim().split('\n'), [...files, 'roll'])
    for (const file of files) assert.equal(tar('-xOf', 'parcel', file), '# older\n', file)
  })

  test('touches nothing for a release that the checkout does not have', async ({ assert }) => {
    const { folder } = await givenCheckout()
    const { ended } = await deployFrom(folder, 'deploy-vps', ['ssh', 'touch called'], {
      ...server,
      RELEASE: 'f'.repeat(40),
    })
    assert.match(await ended, /did not take f{10}: .* has no docker-compose.yml of f{40}/)
    assert.notInclude(await readdir(folder), 'called')
  })
})
