import { existsSync, statSync } from 'node:fs'
import { args, flags } from '@adonisjs/core/ace'
import { AdminCommand } from '#services/admin_command'
import { Refusal, UsageError } from '#services/command_errors'
import {
  exportFormats,
  exportKinds,
  exportRows,
  refuseOverwriting,
  type ExportFormat,
  type ExportKind,
} from '#services/export'
import { formatOf } from '#services/import/readers'

export default class DataExport extends AdminCommand {
  static commandName = 'data:export'
  static description =
    'Write all lettings or profiles as CSV, JSON or NDJSON, as the imports read them'
  static help = [
    'Passwords are in no export: node ace backup:create takes everything along.',
    '',
    'Examples:',
    '  {{ binaryName }} data:export lettings --out lettings.csv',
    '  {{ binaryName }} data:export profiles --format ndjson >profiles.ndjson',
    '',
    'Exit codes: 0 written, 1 failed (the file is as it was), 2 called wrongly.',
  ]

  @args.string({ description: 'lettings or profiles', required: false, default: 'lettings' })
  declare kind: ExportKind

  @flags.string({ description: 'csv, json or ndjson; what the name of the file says, or else csv' })
  declare format?: ExportFormat

  @flags.string({ description: 'File to write; standard output without it' })
  declare out?: string

  protected async work() {
    if (!exportKinds.includes(this.kind))
      throw new UsageError(`there are ${exportKinds.join(' and ')} to export`)
    if (this.json && !this.out)
      throw new UsageError('--json needs --out: the rows go to standard output otherwise')
    if (this.out && existsSync(this.out) && !statSync(this.out).isFile())
      throw new Refusal(`${this.out} is no file: without --out the rows go to standard output`)
    if (this.out) refuseOverwriting('--out', this.out)
    const format = this.format ?? formatOf(this.out ?? '') ?? 'csv'
    if (!exportFormats.includes(format))
      throw new UsageError(`--format must be one of ${exportFormats.join(', ')}`)

    const progress = (count: number) => this.progress(`${count.toLocaleString('en')} rows written`)
    const rows = await exportRows(this.kind, format, this.out, progress)
    if (this.out) this.say(`Wrote ${rows.toLocaleString('en')} ${this.kind} to ${this.out}`)
    return { kind: this.kind, format, rows, out: this.out ?? null }
  }
}
