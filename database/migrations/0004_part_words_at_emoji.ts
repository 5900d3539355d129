import { BaseSchema } from '@adonisjs/lucid/schema'

/** Blocks of symbols and emoji, many of them younger than the Unicode of FTS5, which takes what it does not know for a letter. */
const BLOCKS = [
  [0x2066, 0x2069],
  [0x20a0, 0x20cf],
  [0x23f0, 0x23ff],
  [0x2b00, 0x2bff],
  [0x1f300, 0x1faff],
]

/** The words of SQLite's listings anew, parted at whatever is no letter: «🛶Lake» is found by «lake», as on MySQL. */
export default class extends BaseSchema {
  async up() {
    this.defer(async (db) => {
      if (db.dialect.name !== 'mysql') for (const statement of sqlite) await db.rawQuery(statement)
    })
  }

  /** What was before works with it as well. */
  async down() {}
}

const symbols = BLOCKS.map(([first, last]) =>
  String.fromCodePoint(...Array.from({ length: last - first + 1 }, (_, at) => first + at))
).join('')

const sqlite = [
  'drop table listing_words',
  `create virtual table listing_words using fts5 (
     title, street, city, state, country, content = '', contentless_delete = 1, detail = column,
     prefix = '1 2 3 4 5 6 7 8 9 10 11 12', tokenize = 'unicode61 remove_diacritics 2 separators ${symbols}'
   )`,
  `insert into listing_words (rowid, title, street, city, state, country)
   select letting_id, title, number || ' ' || street || ' ' || zip_code, city, state, country_iso_code from listings`,
]
