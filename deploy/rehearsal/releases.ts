import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { docker, must, run } from './shell.ts'

/** A commit of the rehearsal, with the image that was made of it. */
export interface Release {
  sha: string
  /** The image's id, which a running copy shows and the registry's manifest names. */
  id: string
}

/** A column more, as a release may add it while the one before it runs: nobody has to know it. */
const ADDITIVE_MIGRATION = `import { BaseSchema } from '@adonisjs/lucid/schema'

export default class extends BaseSchema {
  async up() {
    this.schema.alterTable('lettings', (table) => void table.string('rehearsal_note', 64).nullable())
  }
}
`

/** A migration as an image holds it, compiled. */
const migration = (statement: string) =>
  `import { BaseSchema } from '@adonisjs/lucid/schema'\nexport default class extends BaseSchema { async up() { ${statement} } }\n`

const spoiled = {
  crashes: { Dockerfile: `CMD ["node", "-e", "throw new Error('this release crashes at boot')"]` },
  neverReady: {
    Dockerfile: `CMD ["node", "-e", "process.on('SIGTERM', process.exit); require('http').createServer((_, answer) => answer.writeHead(503).end()).listen(8000)"]`,
  },
  migrationFails: {
    'Dockerfile': 'COPY migration.js database/migrations/9200_fails.js',
    'migration.js': migration(`this.schema.dropTable('no_such_table')`),
  },
}

/** Makes commits in a copy of the project, and images of them in a registry. */
export class Releases {
  readonly checkout: string
  readonly image: string
  #folder: string

  constructor(folder: string, image: string) {
    this.#folder = folder
    this.checkout = join(folder, 'checkout')
    this.image = image
  }

  /** The project as its last commit has it, with a history of its own. */
  async prepare(project: string) {
    mkdirSync(this.checkout, { recursive: true })
    await must('sh', [
      '-c',
      `git -C "$1" archive HEAD | tar -x -C "$2"`,
      'sh',
      project,
      this.checkout,
    ])
    await this.#git('init', '--quiet', '--initial-branch=master')
  }

  /** The two releases that are built from sources: the last commit, and one with another look and one more column. */
  async first() {
    return this.#build(await this.#commit('The site as it is'))
  }

  async second() {
    appendFileSync(join(this.checkout, 'resources/css/app.css'), '\n:root { --rehearsal: 2; }\n')
    writeFileSync(
      join(this.checkout, 'database/migrations/9000_add_rehearsal_note.ts'),
      ADDITIVE_MIGRATION
    )
    return this.#build(await this.#commit('A new look and one more column'))
  }

  /** A commit of which there is no image. */
  async missing() {
    return this.#commit('A commit whose image was never pushed')
  }

  /** A commit on top, whose image is an earlier one's with something different in it. */
  async derive(from: Release, kind?: keyof typeof spoiled): Promise<Release> {
    const sha = await this.#commit(`A release that ${kind ?? 'works'}`)
    const files: Record<string, string> = kind ? spoiled[kind] : { Dockerfile: '' }
    const folder = join(this.#folder, sha)
    mkdirSync(folder)
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    writeFileSync(
      join(folder, 'Dockerfile'),
      `FROM ${this.image}:${from.sha}\n${files.Dockerfile}\nENV RELEASE=${sha}\n`
    )
    await must('docker', ['build', '--quiet', '--tag', `${this.image}:${sha}`, folder], {
      env: { ...process.env, DOCKER_BUILDKIT: '1' },
    })
    return this.#push(sha)
  }

  async remove() {
    const images = await docker('image', 'ls', '--quiet', '--filter', `reference=${this.image}`)
    if (images) await run('docker', ['image', 'rm', '--force', ...new Set(images.split('\n'))])
  }

  async #commit(message: string) {
    await this.#git('add', '--all')
    await this.#git(
      '-c',
      'user.name=Rehearsal',
      '-c',
      'user.email=rehearsal@localhost',
      'commit',
      '--quiet',
      '--allow-empty',
      '--message',
      message
    )
    return this.#git('rev-parse', 'HEAD')
  }

  /** The way the workflow builds and pushes. */
  async #build(sha: string) {
    await must('make', ['build', `IMAGE=${this.image}`, `RELEASE=${sha}`], { cwd: this.checkout })
    return this.#push(sha)
  }

  async #push(sha: string): Promise<Release> {
    await docker('push', '--quiet', `${this.image}:${sha}`)
    const id = await docker('image', 'inspect', '--format', '{{.Id}}', `${this.image}:${sha}`)
    const [registry, name] = this.image.split('/')
    const manifest = await fetch(`http://${registry}/v2/${name}/manifests/${sha}`, {
      headers: { Accept: 'application/vnd.docker.distribution.manifest.v2+json' },
    })
    const { config } = (await manifest.json()) as { config: { digest: string } }
    if (config.digest !== id)
      throw new Error(`the registry has ${config.digest} under ${sha}, but ${id} was built`)
    return { sha, id }
  }

  #git(...args: string[]) {
    return must('git', ['-C', this.checkout, ...args])
  }
}
