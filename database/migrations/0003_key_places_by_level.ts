import { BaseSchema } from '@adonisjs/lucid/schema'

const KEY = 'primary key (level, country, state, city)'

/** All places anew, from the listings. */
const counted = `insert into places (level, country, state, city, count) select * from (
  select 0 as level, '' as country, '' as state, '' as city, count(*) as count from listings having count(*) > 0
  union all select 1, country_iso_code, '', '', count(*) from listings group by country_iso_code
  union all select 2, country_iso_code, state, '', count(*) from listings group by country_iso_code, state
  union all select 3, country_iso_code, state, city, count(*) from listings group by country_iso_code, state, city
) counted`

/** A state or city without a name is a place of its own; its row was that of the country, which was counted twice. */
export default class extends BaseSchema {
  async up() {
    this.defer(async (db) => {
      const statements = db.dialect.name === 'mysql' ? mysql : sqlite
      for (const statement of statements) await db.rawQuery(statement)
    })
  }

  /** What was before works with it as well. */
  async down() {}
}

const sqlite = [
  'drop table places',
  `create table places (
     level integer not null, country varchar(3) not null, state varchar(2) not null, city varchar(64) not null collate nocase,
     count integer not null, ${KEY}
   ) without rowid`,
  'create index places_by_count on places (level, country, state, count)',
  counted,
]

/** Without a moment in which copies that still run find no places. */
const mysql = [
  `alter table places drop primary key, add ${KEY}`,
  `${counted} on duplicate key update count = counted.count`,
  'delete from places where level > 0 and country not in (select country_iso_code from listings)',
]
