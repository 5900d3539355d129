/** The source maps of an image and what Sentry needs of them. They are taken out of it, for they must belong to what runs. */
import { execFile } from 'node:child_process'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { Failure, masked, say } from './output.ts'
import type { SentrySettings } from './settings.ts'

/** Where the site is in its image, and so in stack traces. */
const APP = '/app'

const run = promisify(execFile)

/** Copies the site's own code with its maps out of an image; throws a Failure if it has none. */
export async function takeOut(image: string, folder: string) {
  const without = ['node_modules', 'public', 'data'].map((name) => `--exclude=./${name}`)
  const pack = ['run', '--rm', '--network', 'none', image, 'tar', '-c', ...without, '.']
  const options = { encoding: 'buffer', maxBuffer: 2 ** 28 } as const
  const { stdout } = await run('docker', pack, options).catch((error) => {
    throw new Failure(`${image} does not give its code: ${error.stderr ?? error.code}`)
  })
  const unpacking = run('tar', ['-x', '-C', folder])
  unpacking.child.stdin!.end(stdout)
  await unpacking
}

/**
 * Uploads the code in a folder with its maps, and the sources in these, under the names that stack traces have for them. It never
 * fails: what Sentry does not take within `timeout` milliseconds is said in a line.
 *
 * Node has applied the maps by the time an error is sent: its frames name `/app/….ts`, of which Sentry then shows the lines. With debug
 * ids, or a map at a source, it would map once more what is mapped already.
 */
export async function upload(
  env: SentrySettings & { RELEASE: string },
  folder: string,
  timeout = 120_000
) {
  await layOutSources(folder)
  const { SentryCli } = await import('@sentry/cli')
  const names = ['SENTRY_AUTH_TOKEN', 'SENTRY_ORG', 'SENTRY_PROJECT', 'SENTRY_URL'] as const
  const given = names.flatMap((name) => (env[name] ? [[name, env[name]]] : []))
  const args = ['sourcemaps', 'upload', '--release', env.RELEASE, '--url-prefix', `~${APP}`]
  const files = ['--no-sourcemap-reference', '--ext', 'js', '--ext', 'map', '--ext', 'ts', folder]
  try {
    await run(SentryCli.getPath(), [...args, ...files], {
      cwd: folder, // where no settings of somebody's lie
      env: { PATH: process.env.PATH, ...Object.fromEntries(given) },
      timeout,
    })
    say(`Sentry has the source maps of ${env.RELEASE}`)
  } catch (error: any) {
    const why = error.killed
      ? 'timed out'
      : (error.stderr || error.message).split('\n\nAdd --log-level', 1)[0].replace(/\s+/g, ' ')
    say(`Sentry does NOT have the source maps of ${env.RELEASE}: ${masked(why)}`)
  }
}

/** Lays each source that a map holds where stack traces say that it is. */
async function layOutSources(folder: string) {
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith('.js.map')) continue
    const { sources, sourcesContent } = JSON.parse(await readFile(join(folder, file), 'utf8'))
    for (const [index, source] of sources.entries()) {
      const path = join(folder, relative(APP, source))
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, sourcesContent[index])
    }
  }
}
