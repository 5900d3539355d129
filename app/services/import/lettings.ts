import type { Kind } from '#services/import/importer'
import { updateFrom } from '#services/import/stage'
import { mergeWords } from '#services/lists/sqlite'
import { isMySQL, numberOf, rowsOf } from '#services/transaction'
import { lettingRowValidator } from '#validators/letting'

const ADDRESS = ['number', 'street', 'city', 'state', 'zip_code', 'country_iso_code']
/** The same from what many share to what few do. */
const INDEXED = [...ADDRESS].reverse()
const sameAddress = ADDRESS.map((column) => `s.${column} = a.${column}`).join(' and ')

/** Lettings with their addresses. Without an id, a letting is the one at its address. */
export const lettings: Kind = {
  name: 'lettings',
  tables: ['lettings', 'addresses'],
  validator: lettingRowValidator,
  fields: {
    id: 'id',
    title: 'title',
    number: 'number',
    street: 'street',
    city: 'city',
    state: 'state',
    zipCode: 'zip_code',
    countryIsoCode: 'country_iso_code',
  },
  optional: ['id'],
  integers: ['id', 'number'],
  staged: [
    'id integer',
    'title varchar(256) not null',
    'number integer not null',
    'street varchar(64) not null',
    'city varchar(64) not null',
    'state varchar(2) not null',
    'zip_code varchar(10) not null',
    'country_iso_code varchar(3) not null',
  ],
  // the letting that the row is or becomes, the address that is there already, and whether nothing changes
  targets: ['letting_id integer', 'address_id integer', 'same integer'],

  async prepare(trx) {
    await trx.rawQuery('create index staged_letting on staged (letting_id)')
    if (await numberOf(trx, 'select count(*) from staged where id is null')) {
      await trx.rawQuery(
        `create index staged_address on staged (${[...INDEXED, 'letting_id', 'line']})`
      )
    }
  },

  async apply(trx, { replace, problems }) {
    const mysql = isMySQL(trx)
    const before = await numberOf(trx, 'select count(*) from lettings')

    await trx.rawQuery('update staged set letting_id = id where id is not null')
    if (before) {
      await trx.rawQuery(
        'update staged set address_id = (select l.address_id from lettings l where l.id = staged.id) where id is not null'
      )
      if (await numberOf(trx, 'select count(*) from staged where id is null'))
        await matchByAddress()
    }
    await complainOfDoubles()
    if (problems.count) return

    if (before) {
      await trx.rawQuery(`update staged set same = (
           select case when l.title = staged.title and ${sameAddress.replaceAll('s.', 'staged.')} then 1 else 0 end
           from lettings l join addresses a on a.id = l.address_id where l.id = staged.letting_id
         ) where address_id is not null`)
    }
    const kept = await numberOf(trx, 'select count(address_id) from staged')
    const changed = await numberOf(trx, 'select count(*) from staged where same = 0')
    const added = (await numberOf(trx, 'select count(*) from staged')) - kept

    if (replace) {
      await trx.rawQuery(
        'delete from addresses where id not in (select address_id from staged where address_id is not null)'
      )
    }
    if (changed) {
      await updateFrom(trx, 'lettings', ['title'], 'letting_id')
      await updateFrom(trx, 'addresses', ADDRESS, 'address_id')
    }
    if (added) {
      const base = await numberOf(trx, 'select coalesce(max(id), 0) from addresses')
      await trx.rawQuery(
        `insert into addresses (id, ${ADDRESS}) select ${base} + n, ${ADDRESS} from staged where address_id is null`
      )
      for (const given of ['not null', 'null']) {
        await trx.rawQuery(`insert into lettings (id, title, address_id)
           select id, title, ${base} + n from staged where address_id is null and id is ${given} order by n`)
      }
    }
    const removed = replace ? before - kept : 0
    await mergeWords(trx, added + changed + removed)
    return { added, changed, unchanged: kept - changed, removed }

    async function matchByAddress() {
      await trx.rawQuery(`drop ${mysql ? 'temporary ' : ''}table if exists matched`)
      await trx.rawQuery(
        'create temporary table matched (n integer, letting_id integer, address_id integer, primary key (n, letting_id))'
      )
      // from what is there to what is staged: one look at each address, whichever is the larger
      await trx.rawQuery(
        `insert into matched select s.n, l.id, a.id from ${
          mysql
            ? `addresses a straight_join staged s force index (staged_address) on s.id is null and ${sameAddress} straight_join lettings l`
            : `addresses a cross join staged s indexed by staged_address on s.id is null and ${sameAddress} cross join lettings l`
        } on l.address_id = a.id`
      )
      const several = await rowsOf(
        trx,
        `select s.line, m.number, m.first from staged s join (
           select n, count(*) as number, min(letting_id) as first from matched group by n having count(*) > 1
         ) m on m.n = s.n`
      )
      for (const { line, number, first } of several) {
        const why = `${number} lettings are at this address, such as ${first}: it needs an id`
        problems.add(why, line)
      }
      for (const column of ['letting_id', 'address_id']) {
        await trx.rawQuery(
          `update staged set ${column} = (select min(m.${column}) from matched m where m.n = staged.n) where id is null`
        )
      }
    }

    async function complainOfDoubles() {
      const doubles = await rowsOf(
        trx,
        `select letting_id, count(*) as number, min(line) as first, max(line) as last
         from staged where letting_id is not null group by letting_id having count(*) > 1 order by last`
      )
      for (const { letting_id: id, number, first, last } of doubles) {
        problems.add(`is letting ${id}, as line ${first} is (${number} rows in all)`, last, 'id')
      }
      if (!(await numberOf(trx, 'select count(*) from staged where letting_id is null'))) return
      const neighbours = await rowsOf(
        trx,
        `select count(*) as number, min(line) as first, max(line) as last from staged s
         group by ${INDEXED} having count(*) > count(letting_id) and count(*) > 1 order by last`
      )
      for (const { number, first, last } of neighbours) {
        const why = `has the address of line ${first} (${number} rows in all): both need an id`
        problems.add(why, last)
      }
    }
  },
}
