/** GitHub's side of a workflow, as far as a test can play it: which event starts it, which jobs and steps then run, with what. */
import { registerHooks } from 'node:module'
import type { Job as ParsedJob } from '@actions/workflow-parser/model/workflow-template'
import { parse } from 'yaml'

// GitHub's packages import JSON in a way that Node takes for an oversight.
registerHooks({
  load: (url, context, next) =>
    next(
      url,
      url.endsWith('.min.json') ? { ...context, importAttributes: { type: 'json' } } : context
    ),
})
const { data, Evaluator, Lexer, Parser } = await import('@actions/expressions')
const parser = await import('@actions/workflow-parser')

type Step = {
  id?: string
  if?: string
  run?: string
  uses?: string
  with?: Record<string, unknown>
  env?: Record<string, unknown>
}

export type Job = {
  'name': string
  'needs': string[]
  'if': string
  'permissions'?: Record<string, string>
  'timeout-minutes'?: number
  'environment'?: { name: string; url: string }
  'env'?: Record<string, unknown>
  'strategy'?: { matrix: { include: Record<string, string>[] } }
  'services'?: Record<string, { image: string }>
  'steps': Step[]
}

/** A workflow as it is written, with every condition as GitHub completes it. */
export type Workflow = {
  text: string
  on: { push?: { branches?: string[]; tags?: string[] }; pull_request?: object }
  permissions: object
  concurrency: { 'group': string; 'cancel-in-progress': unknown }
  jobs: Record<string, Job>
}

export type Result = 'success' | 'failure' | 'cancelled' | 'skipped'

export type Event = {
  github: { event_name: string; ref: string; run_id: string; [key: string]: unknown }
  vars?: Record<string, string>
}

/** Reads a workflow; throws what GitHub would refuse it for. */
export async function read(text: string): Promise<Workflow> {
  const { context, value } = parser.parseWorkflow(
    { name: 'workflow.yml', content: text },
    new parser.NoOperationTraceWriter()
  )
  const refuse = (messages: string[]) => {
    if (messages.length) throw new Error(`GitHub refuses the workflow: ${messages.join('; ')}`)
  }
  refuse(context.errors.getErrors().map(({ message }) => message))
  const template = await parser.convertWorkflowTemplate(context, value!)
  refuse((template.errors ?? []).map(({ Message }) => Message))

  const workflow = { ...parse(text), text } as Workflow
  for (const parsed of template.jobs as ParsedJob[]) {
    const job = workflow.jobs[parsed.id.value]
    job.needs = parsed.needs?.map(({ value: name }) => name) ?? []
    job.if = parsed.if.expression
    for (const [index, step] of parsed.steps.entries()) {
      if ('if' in step) job.steps[index].if = step.if!.expression
    }
  }
  return workflow
}

const toData = (value: unknown): InstanceType<typeof data.Dictionary> =>
  JSON.parse(JSON.stringify(value), data.reviver)

/** What an expression comes to. The status functions look at the results that are given. */
export function evaluate(expression: string, contexts: object, results: Result[] = []) {
  const status = (name: string, holds: () => boolean) =>
    [name, { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(holds()) }] as const
  const functions = new Map([
    status('success', () => results.every((result) => result === 'success')),
    status('failure', () => results.includes('failure')),
    status('cancelled', () => results.includes('cancelled')),
    status('always', () => true),
  ])
  const { tokens } = new Lexer(expression).lex()
  const tree = new Parser(tokens, Object.keys(contexts), [...functions.values()]).parse()
  return new Evaluator(tree, toData(contexts), functions).evaluate()
}

const truthy = (...args: Parameters<typeof evaluate>) => {
  const value = evaluate(...args)
  return !['false', '0', ''].includes(value.coerceString()) && value.kind !== data.Kind.Null
}

/** A value of the workflow with its ${{ }} filled in. */
export const fill = (value: unknown, contexts: object) =>
  String(value ?? '').replace(/\$\{\{(.*?)\}\}/g, (_, expression) =>
    evaluate(expression, contexts).coerceString()
  )

/** What an event's expressions can see. Secrets are left out: nothing that a test looks at may depend on one. */
export const contextsOf = ({ github, vars = {} }: Event, matrix: object = {}) => ({
  github,
  vars,
  matrix,
  secrets: {},
  steps: { push: { outputs: { digest: 'sha256:0' } } },
})

/** Whether the event starts the workflow at all: GitHub's filters take the last pattern that fits. */
function starts({ on }: Workflow, { github }: Event) {
  if (github.event_name !== 'push') return github.event_name in on
  if (!on.push) return false
  const [, kind, name] = /^refs\/(heads|tags)\/(.*)$/.exec(github.ref)!
  const { branches, tags } = on.push
  if (!branches && !tags) return true
  const patterns = (kind === 'heads' ? branches : tags) ?? []
  const last = patterns.findLast((pattern) => glob(pattern.replace(/^!/, '')).test(name))
  return last !== undefined && !last.startsWith('!')
}

const glob = (pattern: string) =>
  new RegExp(
    `^${pattern.replace(/\*\*|\*|[.()|^$]/g, (it) => ({ '**': '.*', '*': '[^/]*' })[it] ?? `\\${it}`)}$`
  )

/** The result of each job, in the order in which they can start; `outcomes` are those that do not succeed. */
export function play(workflow: Workflow, event: Event, outcomes: Record<string, Result> = {}) {
  const results: Record<string, Result> = {}
  if (!starts(workflow, event)) return results

  const ancestors = (name: string): string[] =>
    workflow.jobs[name].needs.flatMap((needed) => [needed, ...ancestors(needed)])
  const waiting = Object.keys(workflow.jobs)
  while (waiting.length) {
    const ready = waiting.find((name) => workflow.jobs[name].needs.every((it) => results[it]))!
    waiting.splice(waiting.indexOf(ready), 1)
    const before = ancestors(ready).map((name) => results[name])
    const runs = truthy(workflow.jobs[ready].if, contextsOf(event), before)
    results[ready] = runs ? (outcomes[ready] ?? 'success') : 'skipped'
  }
  return results
}

/** The names of the jobs that run. */
export const jobsOf = (...args: Parameters<typeof play>) =>
  Object.entries(play(...args)).flatMap(([name, result]) => (result === 'skipped' ? [] : [name]))

/** The legs of a job: one for each row of its matrix, or one alone. */
export const legs = ({ strategy }: Job) => strategy?.matrix.include ?? [{}]

/** The steps of a leg that run while all goes well, or after steps that ended as `before` says. */
export const stepsOf = (job: Job, event: Event, leg: object = {}, before: Result[] = []) =>
  job.steps.filter(({ if: condition }) =>
    truthy(condition ?? 'success()', contextsOf(event, leg), before)
  )
