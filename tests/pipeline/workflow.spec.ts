import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { test } from '@japa/runner'
import { read } from './github.js'
import { mutations } from './mutations.js'
import { rules } from './rules.js'

const folder = '.github/workflows'
const path = `${folder}/github-actions.yml`

/** Rules for any workflow, whatever it is for. */
const general = [
  'runs nothing but make targets',
  'names each secret and variable in the README',
  'pins each action by the sha of a commit, with its version behind it',
  'ends by itself',
] as const

test.group('The workflow', () => {
  test('{$self}')
    .with(Object.keys(rules) as (keyof typeof rules)[])
    .run(async (_, rule) => rules[rule](await read(await readFile(path, 'utf8'))))
})

test.group('Every workflow', () => {
  test('{$self} keeps the general rules')
    .with(readdirSync(folder))
    .run(async ({ assert }, file) => {
      const workflow = await read(await readFile(`${folder}/${file}`, 'utf8'))
      for (const rule of general) rules[rule](workflow)
      assert.deepEqual(workflow.permissions, {})
    })
})

test.group('A change to the workflow is noticed:', () => {
  test('{change}')
    .with(mutations)
    .run(async ({ assert }, { from, to, breaks }) => {
      const text = await readFile(path, 'utf8')
      assert.match(text, from)
      const changed = text.replace(from, to)
      if (breaks === 'GitHub') return assert.rejects(() => read(changed), /GitHub refuses/)
      const workflow = await read(changed)
      assert.throws(() => rules[breaks](workflow))
    })

  test('every rule can be broken', ({ assert }) => {
    const broken = new Set(mutations.map(({ breaks }) => breaks))
    assert.deepEqual(
      Object.keys(rules).filter((rule) => !broken.has(rule as keyof typeof rules)),
      []
    )
  })
})
