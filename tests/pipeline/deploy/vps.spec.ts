import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from '@japa/runner'
import { deployFrom, givenCheckout } from '#tests/helpers/checkout'
import { givenHttpServer } from '#tests/helpers/server'
import { until } from '#tests/helpers/until'

const server = {
  VPS_HOST: 'localhost',
  VPS_KNOWN_HOST: `localhost ssh-ed25519 ${'A'.repeat(68)}`,
  VPS_SITE_URL: 'http://127.0.0.1:1',
  VPS_SSH_KEY: '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n',
}

/** A site on which a release is ready, as the variables of a deploy to it. */
const givenSite = async (release: () => string) => ({
  VPS_SITE_URL: await givenHttpServer((_, response) =>
    response.end(JSON.stringify({ status: 'ready', release: release() }))
  ),
})

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

  test('names the release that it follows, begins anew where another deploy went first, and ends well', async ({
    assert,
  }) => {
    const { folder, older, newer } = await givenCheckout()
    const ssh = 'cat >parcel; echo "$*" >>calls; [ $(wc -l <calls) = 3 ] || exit 75; touch rolled'
    const site = await givenSite(() => (existsSync(join(folder, 'rolled')) ? newer : older))
    const env = { ...server, ...site, RELEASE: newer }
    const { deploy, ended } = await deployFrom(folder, 'deploy-vps', ['ssh', ssh], env)
    assert.include(await ended, 'the server runs')
    assert.equal(deploy.exitCode, 0)
    const calls = await readFile(join(folder, 'calls'), 'utf8')
    assert.lengthOf(calls.match(new RegExp(` ${newer} ${older}$`, 'gm'))!, 3)
  })

  test('goes back to an older release as {target}: {goes}')
    .with([
      { target: 'deploy-vps', goes: false, code: 2 },
      { target: 'rollback-vps', goes: true, code: 1 },
    ])
    .run(async ({ assert }, { target, goes, code }) => {
      const { folder, older, newer } = await givenCheckout()
      const env = { ...server, ...(await givenSite(() => newer)), RELEASE: older }
      const { deploy, ended } = await deployFrom(
        folder,
        target,
        ['ssh', 'touch called; exit 1'],
        env
      )
      await ended
      assert.equal(deploy.exitCode, code)
      assert.equal(existsSync(join(folder, 'called')), goes)
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
    const given = await readFile(join(folder, 'arguments'), 'utf8')
    assert.include(given, ' oc-lettings@localhost ')
    // no other server gets the release, and none that is silent holds the deploy
    for (const option of [
      'StrictHostKeyChecking=yes',
      'ConnectTimeout=15',
      'ServerAliveInterval=10',
    ])
      assert.include(given, ` -o ${option} `)
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
