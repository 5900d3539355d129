import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { test } from '@japa/runner'
import { read } from './github.js'
import type { Workflow } from './github.js'
import { driftMutations, mutations } from './mutations.js'
import { driftRules, rules } from './rules.js'

type Rule = (workflow: Workflow) => void

const folder = '.github/workflows'
/** Each workflow with the rules of its own. */
const workflows = [
  { path: `${folder}/github-actions.yml`, own: rules, spoilt: mutations },
  { path: `${folder}/drift.yml`, own: driftRules, spoilt: driftMutations },
].map((workflow) => ({ ...workflow, own: workflow.own as Record<string, Rule> }))

/** Rules for any workflow, whatever it is for. */
const general = [
  'runs nothing but make targets',
  'leaves no secret and no token where no step uses it, and no failure without consequence',
  'names each secret and variable in the README',
  'pins each action by the sha of a commit, with its version behind it',
  'ends by itself',
] as const

test.group('The workflow', () => {
  test('{rule}')
    .with(
      workflows.flatMap(({ path, own }) => Object.keys(own).map((rule) => ({ path, own, rule })))
    )
    .run(async (_, { path, own, rule }) => own[rule](await read(await readFile(path, 'utf8'))))
})

test.group('Every workflow', () => {
  test('{$self} keeps the general rules')
    .with(readdirSync(folder))
    .run(async ({ assert }, file) => {
      const workflow = await read(await readFile(`${folder}/${file}`, 'utf8'))
      for (const rule of general) rules[rule](workflow)
      assert.deepEqual(workflow.permissions, {})
      for (const { permissions } of Object.values(workflow.jobs))
        assert.equal(permissions!.contents, 'read')
    })
})

test.group('A change to the workflow is noticed:', () => {
  test('{change}')
    .with(workflows.flatMap(({ path, own, spoilt }) => spoilt.map((it) => ({ ...it, path, own }))))
    .run(async ({ assert }, { path, own, from, to, breaks }) => {
      const text = await readFile(path, 'utf8')
      assert.match(text, from)
      const changed = text.replace(from, to)
      if (breaks === 'GitHub') return assert.rejects(() => read(changed), /GitHub refuses/)
      const workflow = await read(changed)
      assert.throws(() => own[breaks](workflow))
    })

  test('every rule can be broken', ({ assert }) => {
    for (const { own, spoilt } of workflows) {
      const broken = new Set<string>(spoilt.map(({ breaks }) => breaks))
      assert.deepEqual(
        Object.keys(own).filter((rule) => !broken.has(rule)),
        []
      )
    }
  })
})
