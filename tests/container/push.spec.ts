import { once } from 'node:events'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getActiveTest, test } from '@japa/runner'
import { docker, execute, removeStarted, startRegistry } from './docker.js'

const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com']

test.group('make push', (group) => {
  let folder: string
  group.each.setup(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-lettings-'))
    return () => rm(folder, { recursive: true })
  })
  group.each.teardown(removeStarted)

  test('pushes a commit by its sha, and as latest unless a later one is there', async ({
    assert,
  }) => {
    const registry = await startRegistry()
    const name = `${registry}/somebody/oc-lettings-site`
    const git = (...args: string[]) => execute('git', [...identity, ...args], folder)
    const env = { IMAGE: name, GITHUB_OUTPUT: join(folder, 'output') }
    const make = (target: string, RELEASE: string) =>
      execute('make', [target], folder, { ...env, RELEASE })

    await cp('Makefile', join(folder, 'Makefile'))
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nARG RELEASE\nLABEL org.opencontainers.image.revision=$RELEASE\n') // prettier-ignore
    await git('init', '--quiet')
    const releases: string[] = []
    const stale = join(folder, 'stale')
    for (const number of ['first', 'second', 'third']) {
      if (number === 'third') await git('clone', '--quiet', '.', stale)
      await git('commit', '--quiet', '--allow-empty', '--message', number)
      releases.push(await git('rev-parse', 'HEAD'))
    }
    const [first, second, third] = releases

    const latest = async () => {
      await docker('pull', '--quiet', `${name}:latest`)
      return docker('image', 'inspect', '--format', '{{index .Config.Labels "org.opencontainers.image.revision"}}', `${name}:latest`) // prettier-ignore
    }
    const ship = async (release: string) => {
      await make('build', release)
      return make('push', release)
    }
    await ship(first)
    assert.equal(await latest(), first)
    await ship(third)
    assert.equal(await latest(), third)
    assert.include(await ship(second), `latest stays at ${third}`)
    assert.equal(await latest(), third)

    // a checkout that somebody has not fetched to for a while
    await cp('Makefile', join(stale, 'Makefile'))
    const again = await execute('make', ['push'], stale, { ...env, RELEASE: second })
    assert.include(again, `latest stays at ${third}`)
    assert.equal(await latest(), third)

    const limited = await givenLimited(registry)
    const there = `${limited}/somebody/oc-lettings-site`
    await docker('tag', `${name}:${second}`, `${there}:${second}`)
    await assert.rejects(
      () => execute('make', ['push'], folder, { ...env, IMAGE: there, RELEASE: second }),
      /which commit latest is cannot be told: .*429/
    )
    await docker('image', 'rm', `${there}:${second}`)
    assert.equal(await latest(), third)

    const list = await fetch(`http://${registry}/v2/somebody/oc-lettings-site/tags/list`)
    const { tags } = (await list.json()) as { tags: string[] }
    assert.sameMembers(tags, [...releases, 'latest'])
    const outputs = await execute('cat', [env.GITHUB_OUTPUT])
    assert.match(outputs, /^(digest=sha256:[0-9a-f]{64}\n?){4}$/)
    // each the commit's own, whatever latest is
    assert.lengthOf([...new Set(outputs.split('\n'))], releases.length)
    await docker(
      'image',
      'rm',
      '--force',
      ...[...releases, 'latest'].map((tag) => `${name}:${tag}`)
    )
  })
})

/** The address of a registry that takes what is pushed to another, but gives nobody its latest image just now. */
async function givenLimited(registry: string) {
  const server = createServer((asked, answer) => {
    if (asked.method !== 'PUT' && asked.url!.endsWith('/manifests/latest'))
      return void answer.writeHead(429).end()
    const { method, url: path, headers } = asked
    const passed = request(`http://${registry}`, { method, path, headers }, (response) => {
      answer.writeHead(response.statusCode!, response.headers)
      response.pipe(answer)
    })
    asked.pipe(passed)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  getActiveTest()?.cleanup(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
