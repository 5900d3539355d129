/** What the workflow must hold to. Each rule throws where it does not, and workflow.spec.ts, with mutations.ts, shows that it can. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { contextsOf, evaluate, fill, jobsOf, legs, play, stepsOf } from './github.js'
import type { Event, Job, Result, Workflow } from './github.js'

const sha = '0123456789abcdef0123456789abcdef01234567'
const repository = 'owner/oc-lettings'

const push = (ref: string, vars: Record<string, string> = {}, run = '1'): Event => ({
  github: {
    workflow: 'Pipeline',
    event_name: 'push',
    ref,
    sha,
    run_id: run,
    repository,
    event: { repository: { private: false } },
  },
  vars: { DOCKERHUB_USERNAME: 'somebody', SITE_URL: 'https://example.com', ...vars },
})
const pullRequest = (from: string): Event => ({
  github: {
    ...push('refs/pull/1/merge').github,
    event_name: 'pull_request',
    event: { pull_request: { head: { repo: { full_name: from } } } },
  },
})
const branch = push('refs/heads/some/branch')
const master = push('refs/heads/master')
const withServer = push('refs/heads/master', { VPS_ENABLED: 'true' })

/** What runs on master, in order. */
const chain = ['test', 'lint', 'build', 'deploy', 'deploy-vps']

const makefile = readFileSync('Makefile', 'utf8')
const each = (workflow: Workflow, look: (job: Job, name: string) => void) => {
  for (const [name, job] of Object.entries(workflow.jobs)) look(job, name)
}
const targets = (job: Job, event: Event, leg = {}) =>
  stepsOf(job, event, leg).flatMap(({ run }) => (run ? [run.replace('make ', '')] : []))

const secretsIn = (value: unknown) =>
  [...JSON.stringify(value ?? null).matchAll(/secrets\.(\w+)/g)].map(([, name]) => name)

/** What `make` would run for steps of a job on master. */
function recipe(job: Job, ...steps: string[]) {
  const filled = Object.entries(job.env ?? {}).map(([key, value]) => [
    key,
    fill(value, contextsOf(master)),
  ])
  const env = { PATH: process.env.PATH, ...Object.fromEntries(filled) }
  return execFileSync('make', ['--dry-run', ...steps], { env, encoding: 'utf8' })
}

export const rules = {
  'tests and lints a push to any branch'(workflow) {
    for (const name of [
      'some/branch',
      'feature',
      'master2',
      'feature/master',
      'dependabot/npm/x-1.0',
    ]) {
      assert.deepEqual(jobsOf(workflow, push(`refs/heads/${name}`)), ['test', 'lint'], name)
    }
  },

  'ships what is pushed to master, in order'(workflow) {
    assert.deepEqual(jobsOf(workflow, master), chain.slice(0, 4))
    assert.deepEqual(jobsOf(workflow, withServer), chain)
    const on = (vars: Record<string, string>) => jobsOf(workflow, push('refs/heads/master', vars))
    assert.deepEqual(on({ SITE_URL: '' }), chain.slice(0, 4))
    assert.deepEqual(on({ SITE_URL: '', VPS_ENABLED: 'true' }), [
      ...chain.slice(0, 3),
      'deploy-vps',
    ])
  },

  'ships nothing else'(workflow) {
    for (const ref of [
      'refs/heads/MASTER',
      'refs/heads/Master',
      'refs/tags/v1',
      'refs/tags/master',
    ]) {
      assert.deepEqual(jobsOf(workflow, push(ref, withServer.vars)), [], ref)
    }
    const others = [
      { ...master.github, event_name: 'schedule' },
      { ...master.github, event_name: 'workflow_dispatch' },
    ]
    for (const github of others) assert.deepEqual(jobsOf(workflow, { ...withServer, github }), [])
  },

  'runs a pull request from a fork as a branch, and one of its own not again'(workflow) {
    assert.deepEqual(jobsOf(workflow, pullRequest('stranger/oc-lettings')), ['test', 'lint'])
    assert.deepEqual(jobsOf(workflow, pullRequest(repository)), [])
    assert.ok(!('pull_request_target' in workflow.on))
  },

  'goes no further than a job that fails, is cancelled or is skipped'(workflow) {
    for (const [index, name] of chain.entries()) {
      for (const result of ['failure', 'cancelled', 'skipped'] as Result[]) {
        const after = Object.entries(play(workflow, withServer, { [name]: result }))
        const later = after.filter(([other]) => chain.indexOf(other) >= Math.max(2, index + 1))
        const expected = name === 'deploy' ? 'success' : 'skipped' // the two deploys stand side by side
        assert.deepEqual(
          later.map(([, found]) => found),
          later.map(() => expected),
          `${name}: ${result}`
        )
      }
    }
    // a step ends its job, and nothing of what ships comes after one that failed
    for (const name of chain.slice(2))
      assert.deepEqual(stepsOf(workflow.jobs[name], withServer, {}, ['failure']), [], name)
  },

  'tests on each database, with the browser and the containers'({ jobs: { test } }) {
    const found = legs(test).map((leg) => {
      const contexts = contextsOf(branch, leg)
      const url = fill(test.env!.DB_URL, contexts)
      return [
        fill(test.services!.database.image, contexts),
        fill(test.env!.DB_CONNECTION, contexts),
        url && new URL(url).pathname,
      ]
    })
    assert.deepEqual(found, [
      ['', 'sqlite', ''],
      ['mysql:8.4', 'mysql', '/test'],
      ['mysql:9', 'mysql', '/test'],
      ['mariadb:10.11', 'mysql', '/test'],
    ])
    assert.deepEqual(
      legs(test).map((leg) => targets(test, branch, leg)),
      [['test', 'coverage-summary', 'test-container'], ['test'], ['test'], ['test']]
    )
    assert.equal(test.env!.REQUIRE_CHROMIUM, 1)
    assert.equal(test.env!.REQUIRE_DOCKER, 1)
    assert.equal(test.env!.REQUIRE_REDIS, 1)
    // the summary is there to say why the gate was not passed
    const { if: condition } = test.steps.find(({ run }) => run === 'make coverage-summary')!
    assert.equal(evaluate(condition!, contextsOf(branch, {}), ['failure']).coerceString(), 'true')
  },

  'runs nothing but make targets'(workflow) {
    const known = new Set([...makefile.matchAll(/^([a-z][\w-]*):(?!=)/gm)].map(([, name]) => name))
    each(workflow, ({ steps }) => {
      for (const step of steps.filter(({ run: command }) => command !== undefined)) {
        const [, target] =
          /^make ([a-z][\w-]*)$/.exec(step.run!) ?? assert.fail(`not a make target: ${step.run}`)
        assert.ok(known.has(target), `no such target: ${target}`)
      }
    })
  },

  'leaves no check of the shell scripts and the alert rules out'({ jobs: { lint } }) {
    const { env } = lint.steps.find(({ run }) => run === 'make lint')!
    assert.deepEqual(env, { REQUIRE_SHELLCHECK: 1, REQUIRE_PROMTOOL: 1 })
  },

  'runs all that make ci runs'(workflow) {
    const [, ci] = /^ci: (.*?) ##/m.exec(makefile)!
    const run = Object.values(workflow.jobs).flatMap(({ steps }) => steps.map((step) => step.run))
    for (const target of ci.split(' ')) assert.ok(run.includes(`make ${target}`), target)
  },

  'builds, scans and only then pushes the commit as latest and by its sha'({ jobs: { build } }) {
    const name = 'somebody/oc-lettings-site'
    const dryRun = recipe(build, 'build', 'push')
    for (const tag of [sha, 'latest']) {
      assert.ok(dryRun.includes(`--tag ${name}:${tag}`))
      assert.ok(dryRun.includes(`docker push ${name}:${tag}`))
    }
    assert.ok(dryRun.includes(`--build-arg RELEASE=${sha}`))

    const order = stepsOf(build, master).map(({ run, uses }) => run ?? uses!.replace(/@.*/, ''))
    assert.deepEqual(order, [
      'actions/checkout',
      'actions/setup-node',
      'make build',
      'anchore/sbom-action',
      'anchore/scan-action',
      'docker/login-action',
      'make push',
      'actions/attest',
      'actions/attest',
      'make sourcemaps',
    ])
    const [, , , list, scan, , , provenance, contents] = build.steps.map((step) => step.with ?? {})
    assert.equal(fill(list.image, contextsOf(master)), `${name}:${sha}`)
    assert.equal(scan.sbom, list['output-file'])
    assert.deepEqual(
      [scan['fail-build'], scan['severity-cutoff'], scan['only-fixed']],
      [true, 'high', true]
    )
    for (const attestation of [provenance, contents]) {
      assert.equal(fill(attestation['subject-name'], contextsOf(master)), `docker.io/${name}`)
      assert.equal(fill(attestation['subject-digest'], contextsOf(master)), 'sha256:0')
    }
    assert.equal(contents['sbom-path'], list['output-file'])

    // GitHub takes no attestations of a private repository
    const closed = { github: { ...master.github, event: { repository: { private: true } } } }
    const ends = stepsOf(build, { ...master, ...closed }).slice(-2)
    assert.deepEqual(
      ends.map(({ run }) => run),
      ['make push', 'make sourcemaps']
    )
  },

  'tells Sentry of what is live, under the commit that was built'({ jobs: { build, ...jobs } }) {
    const names = ['SENTRY_ORG', 'SENTRY_PROJECT', 'SENTRY_URL']
    const vars = Object.fromEntries(names.map((name) => [name, `of ${name}`]))
    for (const job of [build, jobs.deploy, jobs['deploy-vps']]) {
      const contexts = contextsOf(push('refs/heads/master', vars))
      assert.equal(fill(job.env!.RELEASE, contexts), sha)
      for (const name of names) assert.equal(fill(job.env![name], contexts), vars[name])
      const step = job.steps.at(-1)!
      assert.match(step.run!, /^make (sourcemaps|deploy)/)
      assert.ok(step.env!.SENTRY_AUTH_TOKEN, step.run)
    }
  },

  'hands each deploy what it may be told'({ jobs }) {
    const names = ['DEPLOY_TIMEOUT', 'DOCKERHUB_USERNAME', 'SENTRY_ENVIRONMENT']
    const vars = Object.fromEntries(names.map((name) => [name, `of ${name}`]))
    const contexts = contextsOf(push('refs/heads/master', vars))
    for (const job of [jobs.deploy, jobs['deploy-vps']]) {
      const env = { ...job.env, ...job.steps.at(-1)!.env }
      for (const name of names) assert.equal(fill(env[name], contexts), vars[name])
    }
  },

  'deploys the commit to production'({ jobs: { deploy } }) {
    assert.deepEqual(targets(deploy, master), ['deploy'])
    assert.deepEqual(
      [deploy.environment!.name, fill(deploy.environment!.url, contextsOf(master))],
      ['production', 'https://example.com']
    )
    assert.equal(fill(deploy.env!.RELEASE, contextsOf(master)), sha)
    assert.equal(fill(deploy.env!.SITE_URL, contextsOf(master)), 'https://example.com')
  },

  'deploys the commit to the server that the variables name'({ jobs }) {
    const job = jobs['deploy-vps']
    const names = ['VPS_HOST', 'VPS_KNOWN_HOST', 'VPS_PORT', 'VPS_SITE_URL', 'VPS_USER']
    const vars = Object.fromEntries(names.map((name) => [name, `of ${name}`]))
    const contexts = contextsOf(push('refs/heads/master', vars))
    for (const name of names) assert.equal(fill(job.env![name], contexts), vars[name])
    assert.equal(fill(job.env!.RELEASE, contexts), sha)
    assert.deepEqual(targets(job, withServer), ['deploy-vps'])
    assert.equal(job.environment!.name, 'vps')
    assert.equal(fill(job.environment!.url, contexts), vars.VPS_SITE_URL)
  },

  'cancels what is superseded on a branch, and never a deploy'({ concurrency }) {
    const group = (event: Event) => fill(concurrency.group, contextsOf(event))
    const cancels = (event: Event) => fill(concurrency['cancel-in-progress'], contextsOf(event))
    const again = (ref: string) => push(ref, {}, '2')
    assert.equal(cancels(branch), 'true')
    assert.equal(cancels(pullRequest('a/b')), 'true')
    assert.equal(group(branch), group(again('refs/heads/some/branch')))
    assert.notEqual(group(branch), group(push('refs/heads/other')))
    assert.notEqual(group(pullRequest('a/b')), group(branch))

    assert.equal(cancels(master), 'false')
    assert.equal(group(master), group(again('refs/heads/master')))
    for (const other of [branch, pullRequest('a/b')]) assert.notEqual(group(master), group(other))
  },

  'knows the history where it decides what is newer'({ jobs }) {
    for (const name of chain.slice(2)) {
      const [checkout] = jobs[name].steps
      assert.equal(checkout.with!['fetch-depth'], 0, name)
    }
  },

  'grants each job the least'({ permissions, jobs }) {
    assert.deepEqual(permissions, {})
    const read = { contents: 'read' }
    assert.deepEqual(
      Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, job.permissions])),
      {
        'test': read,
        'lint': read,
        'build': { ...read, 'id-token': 'write', 'attestations': 'write' },
        'deploy': read,
        'deploy-vps': read,
      }
    )
  },

  'leaves no secret and no token where no step uses it, and no failure without consequence'({
    text,
    jobs,
    ...workflow
  }) {
    for (const [name, { steps, ...job }] of Object.entries(jobs)) {
      assert.deepEqual(secretsIn(job), [], `${name}, outside its steps`)
      for (const { uses, with: options } of steps)
        if (uses?.startsWith('actions/checkout@'))
          assert.equal(options!['persist-credentials'], false)
    }
    assert.deepEqual(secretsIn(workflow), [])
    assert.doesNotMatch(text, /secrets: *inherit|toJSON\(secrets|secrets\[|github\.token/i)
    assert.doesNotMatch(text, /continue-on-error/)
  },

  'gives each secret to the one step that uses it'({ jobs }) {
    const uses: Record<string, string[]> = {}
    for (const [name, { steps }] of Object.entries(jobs)) {
      for (const step of steps) {
        for (const secret of secretsIn(step))
          (uses[secret] ??= []).push(`${name}: ${step.run ?? step.uses!.replace(/@.*/, '')}`)
      }
    }
    assert.deepEqual(uses, {
      DOCKERHUB_TOKEN: ['build: docker/login-action'],
      RENDER_DEPLOY_HOOK_URL: ['deploy: make deploy'],
      RENDER_API_KEY: ['deploy: make deploy'],
      SENTRY_AUTH_TOKEN: [
        'build: make sourcemaps',
        'deploy: make deploy',
        'deploy-vps: make deploy-vps',
      ],
      VPS_SSH_KEY: ['deploy-vps: make deploy-vps'],
    })
  },

  'names each secret and variable in the README'({ text }) {
    const readme = readFileSync('README.md', 'utf8')
    const names = [...text.matchAll(/\b(?:secrets|vars)\.(\w+)/g)].map(([, name]) => name)
    for (const name of names) assert.match(readme, new RegExp(`\`${name}\``), name)
  },

  'pins each action by the sha of a commit, with its version behind it'({ text }) {
    const lines = text.match(/^.*\buses:.*$/gm)!
    for (const line of lines)
      assert.match(line, /uses: [\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  },

  'ends by itself'(workflow) {
    each(workflow, (job, name) => assert.ok(job['timeout-minutes']! <= 45, name))
  },

  'leaves a deploy the time to come up, and to go back'({ jobs }) {
    const [, seconds] = /DEPLOY_TIMEOUT \?\? (\d+)/.exec(readFileSync('deploy/main.ts', 'utf8'))!
    for (const name of ['deploy', 'deploy-vps'])
      assert.ok(jobs[name]['timeout-minutes']! * 60 > 2 * Number(seconds), name)
  },
} satisfies Record<string, (workflow: Workflow) => void>

/** The same for the workflow that looks for drift. */
export const driftRules = {
  'looks at every site that master is deployed to, whatever the others are'(workflow) {
    const looks = (vars: Record<string, string>, before: Result[] = []) => {
      const event = { github: { ...master.github, event_name: 'schedule' }, vars }
      return jobsOf(workflow, event).flatMap((name) =>
        stepsOf(workflow.jobs[name], event, {}, before)
          .filter(({ run }) => run === 'make status')
          .map(({ env }) => fill(env!.SITE_URL, contextsOf(event)))
      )
    }
    const render = { SITE_URL: 'https://render' }
    const server = { VPS_ENABLED: 'true', VPS_SITE_URL: 'https://server' }
    assert.deepEqual(looks({}), [])
    assert.deepEqual(looks(render), ['https://render'])
    assert.deepEqual(looks(server), ['https://server'])
    assert.deepEqual(looks({ ...render, ...server }), ['https://render', 'https://server'])
    assert.deepEqual(looks({ ...render, ...server, VPS_ENABLED: '' }), ['https://render'])
    assert.deepEqual(looks({ ...render, ...server }, ['failure']), ['https://server'])
  },
} satisfies Record<string, (workflow: Workflow) => void>
