import { readFile } from 'node:fs/promises'
import { test } from '@japa/runner'
import { givenSentryApi } from '#tests/helpers/sentry_api'
import { build, Container, docker, execute, image, release, removeAll } from './docker.js'

/** Megabytes that the image may add to its base. */
const LIMIT = 80

const inspect = (name: string, what: string) =>
  docker('image', 'inspect', '--format', `{{json ${what}}}`, name).then(JSON.parse)

test.group('The image', (group) => {
  let container: Container

  group.setup(async () => {
    await build()
    container = await Container.serve()
    return removeAll
  })

  const shell = (script: string) => container.exec('sh', '-c', script)

  test('adds little to its base', async ({ assert }) => {
    const dockerfile = await readFile('Dockerfile', 'utf8')
    const [, base] = /^ARG NODE_IMAGE=(\S+)/m.exec(dockerfile)!
    const added = ((await inspect(image, '.Size')) - (await inspect(base, '.Size'))) / 1e6
    const packages = await shell('cd node_modules && du -sk [!@]* @*/* | sort -rn | head -10')
    console.log(
      `The image adds ${added.toFixed(1)} MB to ${base}; its largest packages in KiB:\n${packages}`
    )
    assert.isAbove(added, 1)
    assert.isBelow(added, LIMIT)
  })

  test('holds nothing that only builds or develops', async ({ assert }) => {
    const { devDependencies } = JSON.parse(await readFile('package.json', 'utf8'))
    const installed = await shell('cd node_modules && ls -d * @*/*')
    const shipped = new Set(installed.split('\n'))
    assert.isTrue(shipped.has('@adonisjs/core'))
    assert.deepEqual(
      Object.keys(devDependencies).filter((name) => shipped.has(name)),
      []
    )

    assert.equal(await shell('echo $NODE_ENV'), 'production')

    const tools = 'npm npx yarn corepack gcc cc g++ make python3 git'
    assert.equal(await shell(`for tool in ${tools}; do command -v $tool; done; true`), '')
    assert.equal(await shell('find . -name "*.ts" -o -name .npm -o -name node-gyp'), '')
    assert.equal(await shell('ls -d .env* .git* tests package-lock.json 2>&- ; true'), '')
  })

  test('belongs to root, all but its volume', async ({ assert }) => {
    // not through grep, which ends with 1 where nothing is left and would hide how find ends
    const others = "find /app ! -path '/app/data*' '(' ! -user root -o -perm -o+w ! -type l ')'"
    assert.equal(await shell(others), '')
    assert.equal(await shell('stat -c %U data'), 'node')
  })

  test('holds no secret in any layer', async ({ assert }) => {
    const history = await docker('history', '--no-trunc', '--format', '{{.CreatedBy}}', image)
    assert.notMatch(history + (await inspect(image, '.Config.Env')), /_key|secret|password|token/i)

    // it was built beside a .env, which it must not have taken along under any name
    const env = await readFile('.env', 'utf8')
    const secrets = [...env.matchAll(/^\w+=(\S{16,})$/gm)].map(([, value]) => value)
    assert.isNotEmpty(secrets)
    assert.equal(await shell(`grep -rlF '${secrets.join('\n')}' /app || true`), '')
  })

  test('names the TypeScript source in a stack trace', async ({ assert }) => {
    const own = "find . -path ./node_modules -prune -o -name '*.js.map' -print"
    assert.isNotEmpty(await shell(own))
    assert.equal(await shell(`${own} | xargs grep -L '"sourcesContent":\\["'`), '')
    const stack = await shell(
      `node -e "import('/app/app/services/params.js').then((it) => it.parseId('x')).catch((e) => console.log(e.stack))"`
    )
    assert.match(stack, /\/app\/app\/services\/params\.ts:\d+/)
  })

  test('gives Sentry its code, its maps and the sources that errors name; no map is public', async ({
    assert,
  }) => {
    const sentry = await givenSentryApi()
    const [repository, sha] = ['localhost/oc-lettings-site-test', 'a'.repeat(40)]
    await docker('tag', image, `${repository}:${sha}`)
    const told = await execute(
      'make',
      ['sourcemaps', `IMAGE=${repository}`, `RELEASE=${sha}`],
      '.',
      {
        SENTRY_AUTH_TOKEN: 'a-token-of-the-tests-own',
        SENTRY_ORG: 'oc',
        SENTRY_PROJECT: 'lettings',
        SENTRY_URL: sentry.url,
      }
    ).finally(() => docker('image', 'rm', `${repository}:${sha}`))
    assert.include(told, `Sentry has the source maps of ${sha}`)

    const files = sentry.files()
    const entries = Object.entries<any>(JSON.parse(files.get('manifest.json')!).files)
    const sent = new Map(entries.map(([path, { url }]) => [url.slice(1), files.get(path)!]))
    // all but what others wrote or what is generated
    const others = ['node_modules', 'public', '.adonisjs'].map((name) => `-path /app/${name}`)
    const code = await shell(
      `find /app \\( ${others.join(' -o ')} \\) -prune -o -name '*.js' -print`
    )
    assert.sameMembers(
      [...sent.keys()].filter((path) => path.endsWith('.js')),
      code.split('\n')
    )
    const file = '/app/app/services/params'
    assert.equal(sent.get(`${file}.js`)!.trim(), await shell(`cat ${file}.js`))
    assert.equal(sent.get(`${file}.ts`), await readFile('app/services/params.ts', 'utf8'))
    assert.isTrue(sent.has(`${file}.js.map`))
    assert.equal(await shell("find public -name '*.map'"), '')
  })

  test('says of which commit it is', async ({ assert }) => {
    const labels = await inspect(image, '.Config.Labels')
    assert.equal(labels['org.opencontainers.image.revision'], release)
    for (const path of ['/health/ready', '/health/live']) {
      const { text } = await container.get(path)
      assert.equal(JSON.parse(text).release, release)
    }
  })
})
