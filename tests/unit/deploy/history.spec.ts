import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from '@japa/runner'
import { broughtBy, compare } from '../../../deploy/history.ts'

/** A checkout with two commits in a row and one beside them. */
function givenCheckout() {
  const folder = mkdtempSync(join(tmpdir(), 'oc-lettings-history-'))
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', env }).trim()
  const commit = (message: string) => {
    git(
      '-c',
      'user.name=Test',
      '-c',
      'user.email=test@localhost',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      message
    )
    return git('rev-parse', 'HEAD')
  }
  git('init', '--quiet')
  const [first, second, third] = ['first', 'second', 'third'].map(commit)
  git('checkout', '--quiet', first)
  const beside = commit('beside')
  return { folder, first, second, third, beside }
}

test.group('History', (group) => {
  let checkout: ReturnType<typeof givenCheckout>
  group.setup(() => {
    checkout = givenCheckout()
    return () => rmSync(checkout.folder, { recursive: true })
  })

  test('knows newer from older, and names what lies between', async ({ assert }) => {
    const { folder, first, second, third } = checkout
    const newer = await compare(third, first, folder)
    assert.equal(newer.kind, 'newer')
    assert.deepEqual(newer.kind === 'newer' && newer.commits.map((line) => line.split(' ')[1]), [
      'third',
      'second',
    ])
    assert.deepEqual(await compare(first, second, folder), { kind: 'older' })
    assert.deepEqual(await compare(first, first, folder), { kind: 'same' })
  })

  test('lists what a release brings, and nothing over a release that it does not know', async ({
    assert,
  }) => {
    const { folder, first, second, third } = checkout
    const commits = await broughtBy(third, first, folder)
    assert.deepEqual(
      commits.map(({ id, message }) => [id, message]),
      [
        [third, 'third'],
        [second, 'second'],
      ]
    )
    for (const { timestamp } of commits) assert.closeTo(Date.parse(timestamp), Date.now(), 60_000)
    for (const unknown of ['development', 'f'.repeat(40), '--output=evil'])
      assert.deepEqual(await broughtBy(third, unknown, folder), [])
  })

  test('knows what is neither, and what it cannot know', async ({ assert }) => {
    const { folder, third, beside } = checkout
    assert.deepEqual(await compare(beside, third, folder), { kind: 'apart' })
    for (const stranger of ['f'.repeat(40), 'development', '--help']) {
      assert.deepEqual(await compare(third, stranger, folder), {
        kind: 'unknown',
        commit: stranger,
      })
    }
  })

  test('refuses to judge by a shallow checkout', async ({ assert, cleanup }) => {
    const shallow = mkdtempSync(join(tmpdir(), 'oc-lettings-shallow-'))
    cleanup(() => rmSync(shallow, { recursive: true }))
    execFileSync('git', [
      '-c',
      'advice.detachedHead=false',
      'clone',
      '--quiet',
      '--depth=1',
      `file://${checkout.folder}`,
      shallow,
    ])
    const error = await compare(checkout.third, checkout.first, shallow).catch((reason) => reason)
    assert.match(error.message, /nothing was touched.*fetch-depth: 0/)
    assert.equal(error.exitCode, 2)
  })
})
