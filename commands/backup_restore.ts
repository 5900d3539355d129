import { args, flags } from '@adonisjs/core/ace'
import { AdminCommand, countsInWords } from '#services/admin_command'
import { Refusal, UsageError } from '#services/command_errors'
import { backups } from '#services/backup'
import { migrateDatabase } from '#services/database'

export default class BackupRestore extends AdminCommand {
  static commandName = 'backup:restore'
  static description =
    'Put everything in the database back to what a backup holds; the backup is checked first'
  static help = [
    'The site may go on running: it shows what was there until all of the backup is. A backup of an older release is',
    'brought to this one; one of a newer release is refused.',
    '',
    'Examples:',
    '  {{ binaryName }} backup:restore backups/2026-11-22.sqlite3',
    '  {{ binaryName }} backup:restore backups/2026-11-22.sqlite3 --yes',
    '',
    'Exit codes: 0 restored, 1 refused or failed (the database is as it was, unless the message says otherwise), 2 called wrongly.',
  ]

  @args.string({ description: 'File that backup:create wrote, on the same kind of database' })
  declare file: string

  @flags.boolean({ description: 'Do not ask' })
  declare yes: boolean

  protected needsTables = backups().needsTables

  protected async work() {
    const backup = backups()
    const rows = await backup.verify(this.file)
    if (!this.yes) {
      if (!process.stdin.isTTY) throw new UsageError('without a terminal to ask on, say --yes')
      const agreed = await this.prompt.confirm(
        `Replace everything by the ${countsInWords(rows)} of ${this.file}?`
      )
      if (!agreed) throw new Refusal('nothing was changed')
    }
    await backup.restore(this.file, (done) =>
      this.progress(`${done.toLocaleString('en')} restored`)
    )
    await migrateDatabase().catch((cause) => {
      throw new Error(`everything is restored, but not migrated: ${cause.message}`, { cause })
    })
    this.say(`Restored ${countsInWords(rows)} from ${this.file}`)
    return { file: this.file, rows }
  }
}
