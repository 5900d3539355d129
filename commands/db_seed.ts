import { cliui, flags } from '@adonisjs/core/ace'
import LucidDbSeed from '@adonisjs/lucid/commands/db_seed'
import { DEMO_LIMIT, demoLetting, demoProfile } from '#database/demo'
import { UsageError } from '#services/command_errors'
import type { Kind, Outcome } from '#services/import/importer'

/** Lettings for one profile. */
const SHARE = 10

/**
 * Lucid's command, with rows for a demonstration on top. What needs the application is imported when it runs: ace loads this file
 * for every command, also for those that build or test with nothing configured.
 */
export default class DbSeed extends LucidDbSeed {
  static description = "Plant the original site's rows and, with --demo, as many more as wanted"
  static help = [
    'Planting again adds only what is missing: the same number gives the same rows.',
    'With --demo 1000 come 1,000 lettings in more than 70 cities, and 100 profiles.',
    '',
    'Examples:',
    '  {{ binaryName }} db:seed',
    '  {{ binaryName }} db:seed --demo 1000',
    '',
    'Exit codes: 0 planted, 1 failed (of the demo lettings, and of the profiles, none or all are there), 2 called wrongly.',
  ]

  @flags.number({ description: 'Plant this many lettings too, and a tenth as many profiles' })
  declare demo?: number

  @flags.boolean({ description: 'Print the result as one JSON object, for machines' })
  declare json: boolean

  static validate(parsed: Parameters<typeof LucidDbSeed.validate>[0]) {
    try {
      super.validate(parsed)
      if (parsed._.length) throw new Error('Too many arguments')
    } catch (error: any) {
      const message = `${error.message}; see node ace ${this.commandName} --help`
      throw new UsageError(message, parsed.flags.json)
    }
    const { demo, json } = parsed.flags
    if (demo !== undefined && !(Number.isInteger(demo) && demo >= 1 && demo <= DEMO_LIMIT)) {
      throw new UsageError(`--demo must be a whole number from 1 to ${DEMO_LIMIT}`, json)
    }
  }

  async run() {
    if (this.json) {
      this.ui = cliui({ mode: 'raw' })
      // which writes the names of colours out
      this.ui.useColors(cliui({ mode: 'silent' }).colors)
    }
    const planted: Record<string, Outcome> = {}
    try {
      const { checkTables } = await import('#services/admin_command')
      await checkTables()
      await super.run()
      if (this.demo && !this.exitCode) {
        const { lettings } = await import('#services/import/lettings')
        const { profiles } = await import('#services/import/profiles')
        planted.lettings = await this.#plant(lettings, this.demo, demoLetting)
        planted.profiles = await this.#plant(profiles, Math.ceil(this.demo / SHARE), demoProfile)
      }
    } catch (error: any) {
      this.exitCode = 1
      this.logger.error(error.message)
    }
    if (!this.json) return
    const said = this.ui.logger.getLogs().map(({ message }) => message)
    const error = this.exitCode ? { error: said.join('\n') } : {}
    console.log(JSON.stringify({ ok: !this.exitCode, ...error, ...planted }))
  }

  async #plant(kind: Kind, count: number, demo: (i: number) => object) {
    function* rows() {
      for (let i = 0; i < count; i++) yield { line: i + 1, values: demo(i) }
    }
    const { importRows } = await import('#services/import/importer')
    const { Problems } = await import('#services/import/problems')
    const problems = new Problems()
    const outcome = await importRows(kind, rows(), { problems })
    if (problems.count) throw new Error(`the demo rows do not fit: ${problems.kept[0].why}`)
    this.logger.log(
      `  ${count.toLocaleString('en')} ${kind.name} for the demo: ${outcome.added!.toLocaleString('en')} added`
    )
    return outcome as Outcome
  }
}
