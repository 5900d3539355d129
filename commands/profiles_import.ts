import { ImportCommand } from '#services/import/import_command'
import { profiles } from '#services/import/profiles'

export default class ProfilesImport extends ImportCommand {
  static commandName = 'profiles:import'
  static description = 'Add and change profiles from a CSV, JSON or NDJSON file, all or nothing'
  static help = [
    'Columns: username, and any of id, first_name, last_name, email, favorite_city.',
    'A row with an id is that profile; one without is that of the user with this name, or a new one.',
    'Users that are new have no password until node ace users:password gives them one.',
    '',
    'Examples:',
    '  {{ binaryName }} profiles:import profiles.csv --dry-run',
    '  {{ binaryName }} profiles:import profiles.ndjson --errors problems.txt',
    '',
    'Exit codes: 0 imported, 1 refused or failed (nothing was changed), 2 called wrongly.',
  ]

  protected kind = profiles
}
