import { args, flags } from '@adonisjs/core/ace'
import { AdminCommand } from '#services/admin_command'
import { importRowsOfDjango } from '#services/django/import'
import { findLayout } from '#services/django/layout'
import { convert } from '#services/django/rows'
import { readSource } from '#services/django/source'
import { Problems } from '#services/import/problems'

export default class DjangoImport extends AdminCommand {
  static commandName = 'django:import'
  static description =
    "Bring over a Django site's users, profiles and lettings from its SQLite file or a dumpdata fixture"
  static help = [
    'Ids, passwords and all come along; the source is only read. The target must be empty, or hold just the rows that a',
    'new site begins with, unless --merge adds to it. All or nothing: source and target must agree in the end.',
    "This site's own SQLite file is a source too: so a site moves to MySQL.",
    '',
    'Examples:',
    '  {{ binaryName }} django:import oc-lettings-site.sqlite3 --dry-run',
    '  {{ binaryName }} django:import dump.json --merge --lenient',
    '  {{ binaryName }} django:import db.sqlite3 --layout oc_lettings_site',
    '',
    'Exit codes: 0 imported, 1 refused or failed (nothing was changed), 2 called wrongly.',
  ]

  @args.string({ description: 'SQLite database, or JSON as dumpdata writes it' })
  declare file: string

  @flags.boolean({
    description: 'Add to the rows that are there; the same ids must be the same things',
  })
  declare merge: boolean

  @flags.boolean({ description: 'Bring over as they are the rows that the rules refuse' })
  declare lenient: boolean

  @flags.boolean({ description: 'Say what would happen and change nothing' })
  declare dryRun: boolean

  @flags.string({ description: 'Django app whose tables to take, where several have rows' })
  declare layout?: string

  @flags.string({
    description: 'Write all problems to this file, not only the first hundred to the screen',
  })
  declare errors?: string

  protected async work() {
    const problems = new Problems(this.errors, this.file)
    const layout = findLayout(readSource(this.file), this.layout)
    const { rows, notes: changes } = await convert(layout, this.lenient ?? false, problems)
    const notes = [...layout.notes, ...changes]
    const orphans = rows.addresses.length - rows.lettings.length
    if (orphans > 0) notes.push(`${orphans} of the addresses have no letting; they come along`)
    for (const note of notes) this.say(note)

    const imported = problems.count
      ? undefined
      : await importRowsOfDjango(rows, {
          merge: this.merge ?? false,
          lenient: this.lenient ?? false,
          dryRun: this.dryRun ?? false,
          problems,
          progress: (count) => this.progress(`${count.toLocaleString('en')} rows written`),
        })
    problems.close('; --lenient takes what a rule refuses')

    const { fates, checksum } = imported!
    const tables = (Object.keys(fates) as (keyof typeof fates)[]).map((table) => ({
      table,
      from: layout[table].name,
      ...fates[table],
    }))
    if (!this.json) {
      const table = this.ui
        .table()
        .head(['Table', 'From', 'Rows', 'Added', 'Changed', 'There already'])
      for (const row of tables) table.row(Object.values(row).map(String))
      table.render()
      this.say(`Source and target agree: sha256 ${checksum}`)
      if (this.dryRun) this.say('A dry run: nothing was written')
    }
    return { dryRun: this.dryRun ?? false, tables, notes, checksum }
  }
}
