import { execFileSync } from 'node:child_process'
import { test } from '@japa/runner'
import { givenRepository } from '#tests/helpers/checkout'
import { givenFolder } from '#tests/helpers/server'
import { broughtBy, compare } from '../../../deploy/history.ts'

/** A repository with three commits in a row and one beside them. */
async function givenHistory() {
  const { folder, git, commit } = await givenRepository()
  const [first, second, third] = ['first', 'second', 'third'].map(commit)
  git('checkout', '--quiet', first)
  return { folder, first, second, third, beside: commit('beside') }
}

test.group('History', () => {
  test('knows newer from older, and names what lies between', async ({ assert }) => {
    const { folder, first, second, third } = await givenHistory()
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
    const { folder, first, second, third } = await givenHistory()
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
    const { folder, third, beside } = await givenHistory()
    assert.deepEqual(await compare(beside, third, folder), { kind: 'apart' })
    for (const stranger of ['f'.repeat(40), 'development', '--help']) {
      assert.deepEqual(await compare(third, stranger, folder), {
        kind: 'unknown',
        commit: stranger,
      })
    }
  })

  test('fetches what somebody else has deployed since', async ({ assert }) => {
    const { folder, git, commit } = await givenRepository()
    const ours = commit('ours')
    const clone = await givenFolder()
    git('clone', '--quiet', folder, clone)
    assert.deepEqual(await compare(ours, commit('theirs'), clone), { kind: 'older' })
  })

  test('refuses to judge by a shallow checkout', async ({ assert }) => {
    const { folder, first, third } = await givenHistory()
    const shallow = await givenFolder()
    execFileSync('git', [
      '-c',
      'advice.detachedHead=false',
      'clone',
      '--quiet',
      '--depth=1',
      `file://${folder}`,
      shallow,
    ])
    const error = await compare(third, first, shallow).catch((reason) => reason)
    assert.match(error.message, /nothing was touched.*fetch-depth: 0/)
    assert.equal(error.exitCode, 2)
  })
})
