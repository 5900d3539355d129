import { BaseSchema } from '@adonisjs/lucid/schema'
import type { QueryClientContract } from '@adonisjs/lucid/types/database'

/** What a list shows of a letting and finds it by. */
const COLUMNS = 'title, number, street, city, state, zip_code, country_iso_code'

/** MySQL's errors where a user may not make triggers: binary logging asks for more, or the right is missing. */
const MAY_NOT_TRIGGER = [1419, 1142, 1227]

/**
 * What lists and searches read: `listings`, a row for each letting with its address, the words of each in the database's own
 * full-text index, and `places`, the number of listings in each country, state and city, and in all. The database keeps them in
 * step by triggers, whoever writes.
 */
export default class extends BaseSchema {
  async up() {
    this.defer(async (db) => {
      const statements = db.dialect.name === 'mysql' ? mysql() : sqlite()
      try {
        for (const statement of statements) await db.rawQuery(statement)
      } catch (error: any) {
        throw explained(error)
      }
    })
  }

  async down() {
    this.defer(async (db) => {
      for (const trigger of Object.keys({ ...writes(''), ...counts })) {
        await db.rawQuery(`drop trigger if exists ${trigger}`)
      }
      for (const table of ['listing_words', 'listings', 'places']) await drop(db, table)
    })
  }
}

const drop = (db: QueryClientContract, table: string) =>
  db.rawQuery(`drop table if exists ${table}`)

/** Says what to do where the database's user may not make triggers. */
function explained(error: any) {
  if (!MAY_NOT_TRIGGER.includes(error.errno)) return error
  return new Error(
    `the database's user may not make the triggers that keep the search in step (${error.sqlMessage}): ` +
      'grant it TRIGGER and, where MySQL writes a binary log, set log_bin_trust_function_creators = 1',
    { cause: error }
  )
}

/** Makes listings of the lettings that a condition holds for. */
const list = (words: string) => (condition: string) =>
  `insert into listings (letting_id, ${COLUMNS}${words && ', words'})
   select lettings.id, ${COLUMNS}${words && `, ${words}`}
   from lettings join addresses on addresses.id = lettings.address_id where ${condition}`

/** The triggers of what is written to; `lock` ends each of their reads. */
function writes(words: string, lock = '') {
  const listed = (condition: string) => list(words)(`${condition} ${lock}`)
  const delist = (id: string) => `delete from listings where letting_id = ${id}`
  const at = (id: string) => `(select id from lettings where address_id = ${id} ${lock})`
  return {
    letting_inserted: ['after insert on lettings', listed('lettings.id = new.id')],
    letting_updated: ['after update on lettings', delist('old.id'), listed('lettings.id = new.id')],
    letting_deleted: ['after delete on lettings', delist('old.id')],
    address_updated: [
      'after update on addresses',
      delist(at('new.id')),
      listed('addresses.id = new.id'),
    ],
    // MySQL fires no trigger on a letting that goes with its address
    address_deleted: ['before delete on addresses', delist(at('old.id'))],
  }
}

/** The triggers of listings: all of them, their country, their state and their city each have one more or one less. */
const counted = `insert into places (level, country, state, city, count) values
  (0, '', '', '', 1), (1, new.country_iso_code, '', '', 1), (2, new.country_iso_code, new.state, '', 1),
  (3, new.country_iso_code, new.state, new.city, 1)`
const old =
  "country in ('', old.country_iso_code) and state in ('', old.state) and city in ('', old.city)"
const uncounted = [
  `update places set count = count - 1 where ${old}`,
  `delete from places where count = 0 and ${old}`,
]
const counts = {
  listing_inserted: ['after insert on listings', counted],
  listing_deleted: ['after delete on listings', ...uncounted],
}

const triggers = (all: Record<string, string[]>) =>
  Object.entries(all).map(
    ([name, [event, ...statements]]) =>
      `create trigger ${name} ${event} for each row begin ${statements.join('; ')}; end`
  )

/** Words in an FTS5 index that keeps no copy of them; each beginning of up to 12 letters is a list of its own. */
function sqlite() {
  const values = ['new.letting_id', 'new.title', "new.number || ' ' || new.street || ' ' || new.zip_code", 'new.city', 'new.state', 'new.country_iso_code'] // prettier-ignore
  return [
    `create table places (
       level integer not null, country varchar(3) not null, state varchar(2) not null, city varchar(64) not null collate nocase,
       count integer not null, primary key (country, state, city)
     ) without rowid`,
    'create index places_by_count on places (level, country, state, count)',
    `create table listings (
       letting_id integer primary key, title varchar(256) not null collate nocase, number integer not null,
       street varchar(64) not null, city varchar(64) not null collate nocase, state varchar(2) not null,
       zip_code varchar(10) not null, country_iso_code varchar(3) not null
     )`,
    'create index listings_title on listings (title)',
    'create index listings_city on listings (city)',
    `create virtual table listing_words using fts5 (
       title, street, city, state, country, content = '', contentless_delete = 1, detail = column,
       prefix = '1 2 3 4 5 6 7 8 9 10 11 12', tokenize = 'unicode61 remove_diacritics 2'
     )`,
    ...triggers({
      ...writes(''),
      listing_inserted: [
        counts.listing_inserted[0],
        `${counted} on conflict do update set count = count + 1`,
        `insert into listing_words (rowid, title, street, city, state, country) values (${values})`,
      ],
      listing_deleted: [
        ...counts.listing_deleted,
        'delete from listing_words where rowid = old.letting_id',
      ],
    }),
    list('')('true'),
  ]
}

const text = `concat_ws(' ', ${COLUMNS})`
// all but U+0345, which is an iota where case does not matter
const plain = String.raw`regexp_replace(${text}, '[\\x{300}-\\x{344}\\x{346}-\\x{36f}]+', '')`
/**
 * Words as text behind a FULLTEXT index, each with zz in front, so that none is too short for it or one that it leaves out, and
 * between blanks, so that `like '% zzword%'` finds exactly what the index finds. Their collation leaves case and accents aside.
 */
const words = String.raw`concat(' zz', regexp_replace(${plain}, '[^\\p{L}\\p{N}]+', ' zz'), ' ')`

export const writesOnMySQL = (lock?: string) => writes(words, lock)

function mysql() {
  const all = { ...writesOnMySQL(), ...counts }
  all.listing_inserted = [all.listing_inserted[0], `${counted} on duplicate key update count = count + 1`] // prettier-ignore
  const encoded = 'engine = innodb character set utf8mb4 collate utf8mb4_unicode_ci'
  return [
    // MySQL takes no statement back: what a migration that failed has left is made anew
    ...Object.keys(all).map((trigger) => `drop trigger if exists ${trigger}`),
    'drop table if exists listings, places',
    `create table places (
       level tinyint not null, country varchar(3) not null, state varchar(2) not null, city varchar(64) not null,
       count integer not null, primary key (country, state, city), index (level, country, state, count)
     ) ${encoded}`,
    `create table listings (
       letting_id integer unsigned primary key, title varchar(256) not null, number integer unsigned not null,
       street varchar(64) not null, city varchar(64) not null, state varchar(2) not null, zip_code varchar(10) not null,
       country_iso_code varchar(3) not null, words text collate utf8mb4_general_ci not null,
       index (title), index (city), index (country_iso_code), index (country_iso_code, state),
       index (country_iso_code, state, city), fulltext (words)
     ) ${encoded}`,
    ...triggers(all),
    list(words)('true'),
  ]
}
