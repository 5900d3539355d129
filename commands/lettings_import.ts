import { ImportCommand } from '#services/import/import_command'
import { lettings } from '#services/import/lettings'

export default class LettingsImport extends ImportCommand {
  static commandName = 'lettings:import'
  static description = 'Add and change lettings from a CSV, JSON or NDJSON file, all or nothing'
  static help = [
    'Columns: id (may be left out), title, number, street, city, state, zip_code, country_iso_code.',
    'A row with an id is that letting; one without is the letting at its address, or a new one.',
    '',
    'Examples:',
    '  {{ binaryName }} lettings:import lettings.csv --dry-run',
    '  {{ binaryName }} lettings:import lettings.json --replace',
    '  curl -s https://example.com/lettings.ndjson | {{ binaryName }} lettings:import - --format ndjson',
    '',
    'Exit codes: 0 imported, 1 refused or failed (nothing was changed), 2 called wrongly.',
  ]

  protected kind = lettings
}
