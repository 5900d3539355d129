import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getActiveTest, test } from '@japa/runner'
import { SentryCli } from '@sentry/cli'
import { hide } from '../../../deploy/output.ts'
import { freePorts } from '../../../deploy/rehearsal/shell.ts'
import { mark } from '../../../deploy/sentry.ts'
import { upload } from '../../../deploy/sourcemaps.ts'
import { givenSentryApi } from '#tests/helpers/sentry_api'

const RELEASE = 'a'.repeat(40)
const TOKEN = 'sentry-5ecret-token'
hide(TOKEN)
const settings = { SENTRY_AUTH_TOKEN: TOKEN, SENTRY_ORG: 'oc', SENTRY_PROJECT: 'lettings' }
const deployed = {
  release: RELEASE,
  siteUrl: 'https://example.com',
  again: false,
  started: new Date('2026-11-25T10:00:00Z'),
  commits: [{ id: RELEASE, timestamp: '2026-11-25T09:00:00Z', message: 'Mend it' }],
}

/** Everything that is printed while something runs. */
async function printed(run: () => Promise<unknown>) {
  const { write } = process.stdout
  let text = ''
  process.stdout.write = (chunk) => (text += chunk) !== ''
  try {
    await run()
  } finally {
    process.stdout.write = write
  }
  return text
}

/** What a Sentry does that is in trouble, and how that is told. */
type Trouble = {
  what: string
  why: RegExp
  answer?: (_: unknown, response: ServerResponse) => void
}
const troubles: Trouble[] = [
  { what: 'refuses', why: /403/, answer: (_, response) => response.writeHead(403).end(TOKEN) },
  { what: 'never answers', why: /timed out/, answer: () => {} },
  { what: 'is gone', why: /ECONNREFUSED|Could not connect/ },
]
const given = async ({ answer }: Trouble) =>
  answer ? givenSentryApi(answer) : { url: `http://127.0.0.1:${await freePorts()}` }

test.group('A deploy that is done', () => {
  test('is marked in Sentry: its release, what came with it, when and where', async ({
    assert,
  }) => {
    const sentry = await givenSentryApi()
    const text = await printed(() => mark({ ...settings, SENTRY_URL: sentry.url }, deployed))
    assert.match(text, /marked in Sentry: aaaaaaaaaa\n/)
    const [release, finalized, deploy, ...others] = sentry.calls
    assert.isEmpty(others)
    assert.equal(release.call, 'POST oc/releases/')
    assert.equal(release.token, `Bearer ${TOKEN}`)
    const { commits } = deployed
    assert.deepEqual(release.body, { version: RELEASE, projects: ['lettings'], commits })
    assert.equal(finalized.call, `PUT oc/releases/${RELEASE}/`)
    assert.equal(deploy.call, `POST oc/releases/${RELEASE}/deploys/`)
    assert.containsSubset(deploy.body, {
      environment: 'production',
      url: 'https://example.com',
      dateStarted: '2026-11-25T10:00:00.000Z',
    })
    assert.equal(finalized.body.dateReleased, deploy.body.dateFinished)
    assert.closeTo(Date.parse(deploy.body.dateFinished), Date.now(), 20_000)
  })

  test('does not change when a release came out that it goes back to', async ({ assert }) => {
    const sentry = await givenSentryApi()
    const env = { ...settings, SENTRY_URL: sentry.url, SENTRY_ENVIRONMENT: 'vps' }
    await printed(() => mark(env, { ...deployed, again: true, commits: [] }))
    const calls = sentry.calls.map(({ call }) => call)
    assert.deepEqual(calls, ['POST oc/releases/', `POST oc/releases/${RELEASE}/deploys/`])
    assert.deepEqual(sentry.calls[0].body, { version: RELEASE, projects: ['lettings'] })
    assert.equal(sentry.calls[1].body.environment, 'vps')
  })

  test('is nobody’s business without a token', async ({ assert }) => {
    const sentry = await givenSentryApi()
    assert.equal(await printed(() => mark({ SENTRY_URL: sentry.url }, deployed)), '')
    assert.isEmpty(sentry.calls)
  })

  test('stays done if Sentry {what}; a line says so, without the token')
    .with([
      ...troubles,
      { what: 'is down', why: /503/, answer: (_, response) => response.writeHead(503).end() },
      {
        what: 'leads elsewhere',
        why: /redirect/,
        answer: (_, response) => response.writeHead(307, { Location: '/' }).end(),
      },
    ] as Trouble[])
    .run(async ({ assert }, trouble) => {
      const { url } = await given(trouble)
      const text = await printed(() => mark({ ...settings, SENTRY_URL: url }, deployed, 200))
      assert.match(text, trouble.why)
      assert.match(text, /^.*NOT marked in Sentry, which makes no difference to the site: .*\n$/)
      assert.notInclude(text, TOKEN)
    })
})

/** What an image holds of a source, as `make sourcemaps` takes it out. */
async function givenCode() {
  const folder = await mkdtemp(join(tmpdir(), 'oc-lettings-maps-'))
  getActiveTest()?.cleanup(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'app/services'), { recursive: true })
  const file = join(folder, 'app/services/params.js')
  await writeFile(file, 'export const id = 1\n//# sourceMappingURL=params.js.map\n')
  const map = {
    version: 3,
    sources: ['/app/app/services/params.ts'],
    sourcesContent: ['export const id: number = 1\n'],
    names: [],
    mappings: 'AAAA',
  }
  await writeFile(`${file}.map`, JSON.stringify(map))
  return folder
}

test.group('Source maps', () => {
  test('reach Sentry with the code and the sources, each under its name in a stack trace', async ({
    assert,
  }) => {
    const sentry = await givenSentryApi()
    const folder = await givenCode()
    const text = await printed(() =>
      upload({ ...settings, SENTRY_URL: sentry.url, RELEASE }, folder)
    )
    assert.match(text, /Sentry has the source maps of a{40}\n/)
    const files = sentry.files()
    const manifest = JSON.parse(files.get('manifest.json')!)
    assert.equal(manifest.release, RELEASE)
    assert.deepEqual(sentry.calls.at(-1)!.body.projects, ['lettings'])
    const sent = Object.entries<any>(manifest.files).map(([path, { url, headers }]) => {
      return [url, { text: files.get(path), headers: headers ?? {} }]
    })
    const byName = Object.fromEntries(sent)
    assert.sameMembers(
      Object.keys(byName),
      ['ts', 'js', 'js.map'].map((end) => `~/app/app/services/params.${end}`)
    )
    // a frame that names the source is mapped already
    const source = { text: 'export const id: number = 1\n', headers: {} }
    assert.deepEqual(byName['~/app/app/services/params.ts'], source)
    assert.notInclude(JSON.stringify(manifest), 'debug-id')
  }).timeout(30_000)

  test('are left out if Sentry {what}; a line says so, without the token')
    .with(troubles)
    .run(async ({ assert }, trouble) => {
      const { url } = await given(trouble)
      const env = { ...settings, SENTRY_URL: url, RELEASE }
      const folder = await givenCode()
      const text = await printed(() =>
        upload(env, folder, trouble.what === 'never answers' ? 500 : 60_000)
      )
      assert.match(text, /Sentry does NOT have the source maps of a{40}: /)
      assert.match(text, trouble.why)
      assert.notInclude(text, TOKEN)
    })
    .timeout(70_000)

  // npm takes an optional package that it does not get for one that this platform does not have
  test('are left out where the CLI has not got its binary; a line says so', async ({ assert }) => {
    const { getPath } = SentryCli
    getActiveTest()?.cleanup(() => void (SentryCli.getPath = getPath))
    SentryCli.getPath = () => {
      throw new Error('binary not found')
    }
    const folder = await givenCode()
    const text = await printed(() => upload({ ...settings, RELEASE }, folder))
    assert.match(text, /Sentry does NOT have the source maps of a{40}: binary not found\n/)
  })
})
