import { args, flags } from '@adonisjs/core/ace'
import { AdminCommand, countsInWords } from '#services/admin_command'
import { Refusal, UsageError } from '#services/command_errors'
import { importRows, type Kind } from '#services/import/importer'
import { countOf, Problems } from '#services/import/problems'
import { formatOf, readers, type Format } from '#services/import/readers'
import { openSource, SourceError } from '#services/import/source'

/** What lettings:import and profiles:import have in common. */
export abstract class ImportCommand extends AdminCommand {
  @args.string({ description: 'File to read, in UTF-8; - is standard input' })
  declare file: string

  @flags.string({ description: 'csv, json or ndjson, where the name of the file does not say it' })
  declare format?: string

  @flags.boolean({ description: 'Say what would happen and change nothing' })
  declare dryRun: boolean

  @flags.boolean({ description: 'Make the database equal to the file: what is not in it goes' })
  declare replace: boolean

  @flags.string({
    description: 'Write all problems to this file, not only the first hundred to the screen',
  })
  declare errors?: string

  protected abstract kind: Kind

  protected async work() {
    const format = (this.format ?? formatOf(this.file)) as Format | undefined
    if (!format || !Object.hasOwn(readers, format)) {
      throw new UsageError('the format is unknown: say --format csv, json or ndjson')
    }
    const problems = new Problems(this.errors, this.file)
    const { rows, ...outcome } = await this.#import(format, problems)
    problems.close()
    this.say(
      `${this.dryRun ? 'A dry run of' : 'Read'} ${countOf(rows, 'row')} of ${this.kind.name}: ${countsInWords(outcome)}` +
        (this.dryRun ? '; nothing was written' : '')
    )
    return { dryRun: this.dryRun ?? false, rows, ...outcome }
  }

  async #import(format: Format, problems: Problems) {
    try {
      const source = await openSource(this.file)
      return await importRows(this.kind, readers[format](source.chunks), {
        problems,
        replace: this.replace,
        dryRun: this.dryRun,
        texts: format === 'csv',
        progress: (rows) =>
          this.progress(
            `${rows.toLocaleString('en')} rows read`,
            source.size ? source.read / source.size : undefined
          ),
      })
    } catch (error) {
      if (error instanceof SourceError) throw new Refusal(`${this.file} ${error.message}`)
      throw error
    }
  }
}
