import { existsSync } from 'node:fs'
import { args } from '@adonisjs/core/ace'
import { AdminCommand, countsInWords } from '#services/admin_command'
import { Refusal } from '#services/command_errors'
import { backups } from '#services/backup'

export default class BackupCreate extends AdminCommand {
  static commandName = 'backup:create'
  static description =
    'Write everything in the database to one file, as it is at one moment, while the site runs'
  static help = [
    'On SQLite a copy of its file, on MySQL a dump in lines of JSON; read back and checked before it gets its name.',
    'It holds password hashes: only its owner may read it.',
    '',
    'Examples:',
    '  {{ binaryName }} backup:create backups/2026-11-22.sqlite3',
    '',
    'Exit codes: 0 written, 1 refused or failed (there is no file then), 2 called wrongly.',
  ]

  @args.string({ description: 'File to write; it must not exist yet' })
  declare file: string

  protected async work() {
    if (existsSync(this.file)) throw new Refusal(`${this.file} exists already`)
    const rows = await backups().create(this.file, (done) =>
      this.progress(`${done.toLocaleString('en')} written`)
    )
    this.say(`Backed up ${countsInWords(rows)} to ${this.file}`)
    return { file: this.file, rows }
  }
}
