import MigrationRun from '@adonisjs/lucid/commands/migration/run'

/** Lucid's command, but one after the other with copies that migrate at their start: its own lock is another one than theirs. */
export default class extends MigrationRun {
  async run() {
    this.disableLocks = true
    await super.run()
  }

  protected async runMigrations(...of: Parameters<MigrationRun['runMigrations']>) {
    const { alone } = await import('#services/database')
    await alone(() => super.runMigrations(...of))
  }
}
