import { BaseCommand, flags } from '@adonisjs/core/ace'
import { Refusal, UsageError } from '#services/command_errors'
import { isDatabaseUnavailable, pendingMigrations } from '#services/database'
import { describe } from '#services/import/problems'
import { plainError, withoutValues } from '#services/plain_error'

/** «6 lettings, 4 profiles» */
export const countsInWords = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([what, count]) => `${count.toLocaleString('en')} ${what}`)
    .join(', ')

/** Data as a line on a terminal may have it: in place of control characters, which it would obey, what JSON writes for them. */
export const printable = (text: string) =>
  text.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Refuses what a command is to do while tables are missing or old. */
export async function checkTables() {
  const pending = await pendingMigrations().catch((error) => {
    if (/no such table|doesn't exist/.test(error.message)) return ['all']
    throw error
  })
  if (pending.length) {
    throw new Refusal(
      'the database has no tables yet, or old ones: start the site, or run node ace migration:run --force'
    )
  }
}

/** What the admins' commands have in common: exit codes 0 (done), 1 (refused or failed) and 2 (usage), and `--json`. */
export abstract class AdminCommand extends BaseCommand {
  static options = { startApp: true }

  @flags.boolean({ description: 'Print the result as one JSON object, for machines' })
  declare json: boolean

  static validate(parsed: Parameters<typeof BaseCommand.validate>[0]) {
    try {
      super.validate(parsed)
    } catch (error: any) {
      const message = `${error.message}; see node ace ${this.commandName} --help`
      throw new UsageError(message, parsed.flags.json)
    }
  }

  /** Does it, and returns what `--json` prints. */
  protected abstract work(): Promise<object>

  /** Whether the command needs all tables to be there. */
  protected needsTables = true

  async run() {
    try {
      // a shell makes several names of *.csv
      if (this.parsed._.length) {
        throw new UsageError(`too many arguments; see node ace ${this.commandName} --help`)
      }
      if (this.needsTables) await checkTables()
      const result = await this.work()
      if (this.json) this.logger.log(JSON.stringify({ ok: true, ...result }))
      return result
    } catch (error: any) {
      this.#fail(error)
    } finally {
      this.#eraseBar?.()
    }
  }

  /** A line for people. */
  protected say(line: string) {
    this.#eraseBar?.()
    if (!this.json) this.logger.log(printable(line))
  }

  /** How far long work has come: a bar on a terminal, now and then a line elsewhere. `part` is from 0 to 1, if it is known. */
  protected progress(text: string, part?: number) {
    const { isTTY } = process.stderr
    if (this.json || Date.now() - this.#shown < (isTTY ? 100 : 5_000)) return
    this.#shown = Date.now()
    if (!isTTY) return void process.stderr.write(`${text}\n`)
    const done = '█'.repeat(Math.round((part ?? 0) * 30)).padEnd(30, '░')
    const bar = part === undefined ? '' : `[${done}] ${Math.floor(part * 100)} %  `
    process.stderr.write(`\r\u001b[K${bar}${text}`)
    this.#eraseBar = () => process.stderr.write('\r\u001b[K')
  }

  #shown = Date.now()
  #eraseBar?: () => void

  #fail(error: any) {
    this.#eraseBar?.()
    this.exitCode = error instanceof UsageError ? 2 : 1
    const expected = error instanceof UsageError || error instanceof Refusal
    const text = withoutValues(error.message, error.code)
    const message = isDatabaseUnavailable(error) ? `the database is unavailable: ${text}` : text
    const { problems = [], count = 0 } = error as Partial<Refusal>
    if (this.json)
      return this.logger.log(JSON.stringify({ ok: false, error: message, count, problems }))

    for (const problem of problems) this.logger.logError(printable(describe(problem)))
    if (count > problems.length) this.logger.logError(`… and ${count - problems.length} more`)
    this.logger.error(message.split('\n').map(printable).join('\n'))
    if (!expected && !isDatabaseUnavailable(error))
      this.logger.logError((plainError(error) as Error).stack!)
  }
}
