import { existsSync, statSync } from 'node:fs'
import { link, readFile, symlink } from 'node:fs/promises'
import { Readable } from 'node:stream'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import type { TransactionClientContract } from '@adonisjs/lucid/types/database'
import { test } from '@japa/runner'
import SQLite from 'better-sqlite3'
import { sqliteFile } from '#config/database'
import { demoLetting } from '#database/demo'
import { importRows } from '#services/import/importer'
import { lettings as kind } from '#services/import/lettings'
import { Problems } from '#services/import/problems'
import { readers } from '#services/import/readers'
import { MAX_ROW, openSource } from '#services/import/source'
import { takeWriteLock } from '#services/transaction'
import {
  everything,
  partWords,
  piecesOfWords,
  run,
  runJson,
  runWithInput,
  somebodyWaits,
  start,
  withFolder,
  withOriginalRows,
} from '#tests/console/helpers'
import { until } from '#tests/helpers/until'

const HEADER = 'id,title,number,street,city,state,zip_code,country_iso_code'
const NEW = ',Sea Hut,7,Mole Road,Brunswick,GA,01234,USA'
const FIRST = '1,Joshua Tree Green Haus /w Hot Tub,7217,Bedford Street,Brunswick,GA,31525,USA'

test.group('lettings:import', (group) => {
  withOriginalRows(group)
  const folder = withFolder(group)
  const csv = (...lines: string[]) =>
    folder.write('lettings.csv', [HEADER, ...lines, ''].join('\n'))

  test('adds, changes and leaves alone', async ({ assert }) => {
    const file = await csv(
      NEW,
      FIRST,
      '2,Oceanview Palace,4,Military Street,Willoughby,OH,44094,USA'
    )
    const result = await run('lettings:import', file)
    assert.deepEqual(result.lines, [
      'Read 3 rows of lettings: 1 added, 1 changed, 1 unchanged, 0 removed',
    ])
    assert.equal(result.exitCode, 0)
    const { lettings } = await everything()
    assert.lengthOf(lettings, 7)
    assert.include(lettings[1], { id: 2, title: 'Oceanview Palace' })
    assert.include(lettings[6], { title: 'Sea Hut', number: 7, zip_code: '01234' })
  })

  test('leaves the words of lettings in one piece, after changes to many of them', async ({
    assert,
  }) => {
    const rows = Array.from(
      { length: 11 },
      (_, i) => `,Hut ${i},${i + 1},Pier,Brunswick,GA,01234,USA`
    )
    await partWords()
    await run('lettings:import', await csv(...rows))
    assert.equal(await piecesOfWords(), 1)
    await run('lettings:import', await csv(NEW))
    assert.equal(await piecesOfWords(), 2)
    await run('lettings:import', await csv(FIRST), '--replace')
    assert.equal(await piecesOfWords(), 1)
  }).skip(db.primaryConnectionName !== 'sqlite', 'MySQL sees to its index itself')

  test('takes a row without an id for the letting at its address', async ({ assert }) => {
    const file = await csv(' ,Renamed, 7217 ,Bedford Street,Brunswick,GA,31525,USA', NEW)
    assert.include(await runJson('lettings:import', file), { added: 1, changed: 1 })
    assert.include(await runJson('lettings:import', file), { added: 0, changed: 0, unchanged: 2 })
    const { lettings } = await everything()
    assert.include(lettings[0], { id: 1, title: 'Renamed' })
  })

  test('tells addresses apart letter for letter', async ({ assert }) => {
    const file = await csv(
      ',Other,7217,bedford street,BRUNSWICK,GA,31525,USA',
      ',Accent,7217,Bedford Street,Brünswick,GA,31525,USA'
    )
    assert.include(await runJson('lettings:import', file), { added: 2, changed: 0 })
  })

  test('moves a letting to another address', async ({ assert }) => {
    await run('lettings:import', await csv('1,Moved,1,New Street,Köln,NW,50667,DEU'))
    const { lettings } = await everything()
    assert.include(lettings[0], { id: 1, title: 'Moved', city: 'Köln' })
    assert.lengthOf(await db.from('addresses'), 6)
  })

  test('changes any one of a letting’s fields', async ({ assert }) => {
    const changes = {
      title: 'New',
      number: 1,
      street: 'New',
      city: 'New',
      state: 'NW',
      zip_code: 'New',
      country_iso_code: 'NEW',
    }
    for (const [field, value] of Object.entries(changes)) {
      const before = await everything()
      const row = { ...before.lettings[0], [field]: value }
      const file = await folder.write('one.ndjson', JSON.stringify(row))
      assert.include(await runJson('lettings:import', file), { changed: 1 }, field)
      const { lettings } = await everything()
      assert.deepEqual(lettings[0], row)
    }
  })

  test('gives new rows ids that no row of the file has', async ({ assert }) => {
    await run('lettings:import', await csv(NEW, '7,Seven,1,New Street,Köln,NW,50667,DEU'))
    const { lettings } = await everything()
    assert.include(lettings[6], { id: 7, title: 'Seven' })
    assert.include(lettings[7], { title: 'Sea Hut' })
  })

  test('makes the database equal to the file with --replace', async ({ assert }) => {
    const result = await run('lettings:import', await csv(FIRST, NEW), '--replace')
    assert.deepEqual(result.lines, [
      'Read 2 rows of lettings: 1 added, 0 changed, 1 unchanged, 5 removed',
    ])
    const { lettings } = await everything()
    assert.deepEqual(
      lettings.map(({ title }) => title),
      ['Joshua Tree Green Haus /w Hot Tub', 'Sea Hut']
    )
    assert.lengthOf(await db.from('addresses'), 2)
  })

  test('replaces nothing by nothing', async ({ assert }) => {
    const before = await everything()
    const result = await run('lettings:import', await csv(), '--replace')
    assert.equal(result.exitCode, 1)
    assert.match(result.output, /has no rows/)
    assert.deepEqual(await everything(), before)
  })

  test('says with --dry-run what would happen, and changes nothing', async ({ assert }) => {
    const before = await everything()
    const result = await run('lettings:import', await csv(NEW), '--replace', '--dry-run')
    assert.deepEqual(result.lines, [
      'A dry run of 1 row of lettings: 1 added, 0 changed, 0 unchanged, 6 removed; nothing was written',
    ])
    assert.deepEqual(await everything(), before)
  })

  test('reads quotes, line breaks, emoji and any line ends', async ({ assert }) => {
    for (const end of ['\n', '\r\n', '\r']) {
      const line = `1,"A ""hut"", by${end}the 🌊",7217,Bedford Street,Brunswick,GA,31525,USA`
      const file = await folder.write('ends.csv', `\uFEFF${HEADER}${end}${line}${end}${end}`)
      await run('lettings:import', file)
      const { lettings } = await everything()
      assert.equal(lettings[0].title, `A "hut", by${end}the 🌊`)
    }
  })

  test('reads JSON and NDJSON, and columns in any order and spelling', async ({ assert }) => {
    const row = {
      countryIsoCode: 'USA',
      zipCode: '01234',
      State: 'GA',
      city: 'Brunswick',
      street: 'Mole Road',
      number: 7,
    }
    const json = await folder.write('a.json', JSON.stringify([{ ...row, title: 'One' }], null, 2))
    assert.include(await runJson('lettings:import', json), { added: 1 })
    const ndjson = await folder.write(
      'a.jsonl',
      `${JSON.stringify({ ...row, title: 'Two' })}\r\n\r\n`
    )
    assert.include(await runJson('lettings:import', ndjson), { changed: 1 })
    const { lettings } = await everything()
    assert.include(lettings[6], { title: 'Two', zip_code: '01234' })
  })

  test('reads NDJSON with any line ends, wherever a chunk ends', async ({ assert }) => {
    const row = JSON.stringify({ username: 'AirWow', favorite_city: 'Bonn' })
    for (const end of ['\n', '\r\n', '\r']) {
      const bytes = Buffer.from(`${row}${end}${end}5${end}`)
      const found = await Array.fromAsync(
        readers.ndjson(Readable.from(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))))
      )
      assert.deepEqual(
        found.map(({ line, values }) => [line, values]),
        [
          [1, JSON.parse(row)],
          [3, 5],
        ]
      )
    }
  })

  test('reads characters of several bytes, wherever a piece of the file ends', async ({
    assert,
  }) => {
    for (let shift = 0; shift < 9; shift++) {
      const text = 'x'.repeat(shift) + 'é€🏡'.repeat(2_000)
      const { chunks } = await openSource(await folder.write('long', text))
      const pieces = await Array.fromAsync(chunks, String)
      assert.isAbove(pieces.length, 1)
      assert.equal(pieces.join(''), text)
    }
  })

  test('reads all characters of JSON, also the mark that files begin with', async ({ assert }) => {
    const rows = [{ title: 'a\ufeffb\u2028\ufeff' }]
    const chunk = Buffer.from(JSON.stringify(rows))
    const [found] = await Array.fromAsync(readers.json(Readable.from([chunk])))
    assert.deepEqual(found.values, rows[0])
  })

  test('reads JSON of any length whose rows are short', async ({ assert }) => {
    const bytes = Buffer.from(JSON.stringify(Array(200_000).fill({ a: 1 })))
    assert.isAbove(bytes.length, MAX_ROW)
    const chunks = Array.from({ length: 40 }, (_, i) =>
      bytes.subarray(i * 50_000, (i + 1) * 50_000)
    )
    assert.lengthOf(await Array.fromAsync(readers.json(Readable.from(chunks))), 200_000)
  })

  test('reads formulas as the text that they are', async ({ assert }) => {
    await run(
      'lettings:import',
      await csv(
        '1,=1+1,7217,Bedford Street,Brunswick,GA,31525,USA',
        "2,'=2+2,4,Military Street,Willoughby,OH,44094,USA"
      )
    )
    const { lettings } = await everything()
    assert.deepEqual(
      lettings.slice(0, 2).map(({ title }) => title),
      ['=1+1', '=2+2']
    )
  })

  test('counts lines as an editor does', async ({ assert }) => {
    const cell = '"two\r\nlines"'
    const two = NEW.replace('Sea Hut', cell)
    const lines = [HEADER, two, two.replace('7,', '8,'), NEW.replace('7,', 'x,'), '']
    const { output } = await run('lettings:import', await folder.write('a.csv', lines.join('\r\n')))
    assert.match(output, /^line 6, number: must be a whole number/)
    lines[3] = NEW.replace('Sea', 'Sea "')
    const quote = await run('lettings:import', await folder.write('a.csv', lines.join('\r\n')))
    assert.match(quote.output, /^line 6: has a quote inside a cell/)
    lines.splice(3, 1, '', NEW.replace('Sea', '"Sea'), NEW, two)
    lines.splice(1, 0, '')
    const open = await run('lettings:import', await folder.write('a.csv', lines.join('\r\n')))
    assert.match(open.output, /^line 8: has text behind a closing quote/)
  })

  test('gives no row an id that no page can have', async ({ assert }) => {
    const before = await everything()
    const highest = `2147483647${NEW}`
    const { exitCode, output } = await run(
      'lettings:import',
      await csv(highest, NEW.replace('7,', '8,'))
    )
    assert.equal(exitCode, 1)
    assert.match(output, /ids end at 2147483647: rows without one could get none/)
    assert.deepEqual(await everything(), before)
  })

  test('gives no row an id after one that has gone and was the last', async ({
    assert,
    cleanup,
  }) => {
    const countFrom = async (next: number) => {
      if (db.primaryConnectionName === 'mysql')
        await db.rawQuery(`alter table lettings auto_increment = ${next}`)
      else
        await db
          .from('sqlite_sequence')
          .where('name', 'lettings')
          .update({ seq: next - 1 })
    }
    await countFrom(2147483648)
    cleanup(() => countFrom(7))
    const { exitCode, output } = await run('lettings:import', await csv(NEW))
    assert.equal(exitCode, 1)
    assert.match(output, /ids end at 2147483647: rows without one could get none/)
    const { lettings } = await everything()
    assert.lengthOf(lettings, 6)
  })

  test('shows a hundred problems and writes all of them to a file', async ({ assert }) => {
    const bad = Array.from({ length: 150 }, (_, i) => NEW.replace('7,', `${10_000 + i},`))
    const errors = folder.path('problems.txt')
    const result = await run('lettings:import', await csv(...bad), '--errors', errors)
    assert.equal(result.exitCode, 1)
    assert.equal(result.lines[0], 'line 2, number: must be from 0 to 9999; it is 10000')
    assert.equal(result.lines[100], '… and 50 more')
    assert.match(result.lines[101], /150 problems, nothing was imported; all of them are in/)
    const written = await readFile(errors, 'utf8')
    assert.lengthOf(written.trim().split('\n'), 150)
  })

  test('refuses to begin where the problems cannot be written', async ({ assert }) => {
    const { exitCode, output } = await run(
      'lettings:import',
      await csv(NEW),
      '--errors',
      folder.path('no/problems.txt')
    )
    assert.match(output, /problems.txt cannot be written: ENOENT/)
    assert.equal(exitCode, 1)
  })

  test('says in a line that there is no room for the problems', async ({ assert }) => {
    const file = await csv(NEW.replace('7,', 'x,'))
    const { exitCode, lines } = await run('lettings:import', file, '--errors', '/dev/full')
    assert.equal(exitCode, 1)
    assert.lengthOf(lines, 1)
    assert.match(lines[0], /full cannot be written: ENOSPC/)
  }).skip(!existsSync('/dev/full'), 'this system has no disk that is always full')

  test('does not write the problems over what it reads', async ({ assert }) => {
    const file = await csv(NEW)
    const { exitCode, output } = await run('lettings:import', file, '--errors', file)
    assert.match(output, /--errors would overwrite .*lettings.csv/)
    assert.equal(exitCode, 2)
    assert.include(await readFile(file, 'utf8'), NEW)
  })

  test('does not write the problems over the database, by whichever name', async ({ assert }) => {
    const file = await csv(NEW)
    const before = await everything()
    const [hard, soft] = [folder.path('hard'), folder.path('soft')]
    await link(sqliteFile, hard)
    await symlink(app.makePath(sqliteFile), soft)
    for (const errors of [`${sqliteFile}-wal`, hard, soft, sqliteFile]) {
      const { exitCode, output } = await run('lettings:import', file, '--errors', errors)
      assert.match(output, /--errors would overwrite .*test\.sqlite3/)
      assert.equal(exitCode, 2, errors)
    }
    assert.deepEqual(await everything(), before)
  }).skip(db.primaryConnectionName !== 'sqlite', 'the database is no file')

  test('tells machines what is wrong', async ({ assert }) => {
    const result = await runJson('lettings:import', await csv(NEW.replace('GA', 'Georgia')))
    assert.deepEqual(result, {
      ok: false,
      error: `${folder.path('lettings.csv')}: 1 problem, nothing was imported`,
      count: 1,
      problems: [
        { line: 2, column: 'state', why: 'must have 2 characters, not 7; it is "Georgia"' },
      ],
    })
  })

  test('needs to know the format', async ({ assert }) => {
    const file = await csv(NEW)
    const nameless = await folder.write('a.txt', '')
    for (const args of [[nameless], [file, '--format', 'xml'], [file, '--fast'], []]) {
      const { exitCode } = await run('lettings:import', ...args)
      assert.equal(exitCode, 2, args.join(' '))
    }
  })

  test('reads no file if it is given two', async ({ assert }) => {
    const { exitCode, output } = await run('lettings:import', await csv(NEW), 'more.csv')
    assert.match(output, /too many arguments; see node ace lettings:import --help$/)
    assert.equal(exitCode, 2)
    assert.lengthOf(await db.from('lettings'), 6)
  })

  test('reads standard input', async ({ assert }) => {
    const { stdout, stderr, exitCode } = await runWithInput(
      `${HEADER}\n${NEW}\n`,
      'lettings:import',
      '-',
      '--format',
      'csv'
    )
    assert.equal(stderr, '')
    assert.equal(stdout, 'Read 1 row of lettings: 1 added, 0 changed, 0 unchanged, 0 removed\n')
    assert.equal(exitCode, 0)
  })

  test('takes no file that is cut or goes on while it is read ({$i})')
    .with(['', `${HEADER}\n`, `${HEADER}\n${FIRST}\n${NEW}\n`])
    .run(async ({ assert }, contents) => {
      const { chunks } = await openSource(await csv(FIRST))
      await folder.write('lettings.csv', contents)
      const problems = new Problems()
      await importRows(kind, readers.csv(chunks), { problems, texts: true, replace: true })
      assert.deepInclude(problems.kept, {
        why: 'the file has changed while it was read',
        line: undefined,
        column: undefined,
      })
      const { lettings } = await everything()
      assert.lengthOf(lettings, 6)
    })

  test('leaves nothing half-written when it is killed', async ({ assert }) => {
    const writes = await givenLookAtWrites()
    const { child, ended } = start('lettings:import', '-', '--format', 'ndjson')
    child.stdin.on('error', () => {}) // the pipe breaks with it
    for (let i = 0; i < writes.rows; i++) {
      if (!child.stdin.write(`${JSON.stringify(demoLetting(i))}\n`)) {
        await new Promise((resolve) => child.stdin.once('drain', resolve))
      }
    }
    child.stdin.end()
    await until('the writing', writes.begun)
    child.kill('SIGKILL')
    await ended
    const { lettings } = await everything()
    assert.lengthOf(lettings, 6)
  })

  test('ends when it is told to by {$self}, with nothing imported')
    .with(['SIGINT', 'SIGTERM'] as const)
    .run(async ({ assert, cleanup }, signal) => {
      const errors = folder.path(signal)
      const { child, ended } = start(
        ...['lettings:import', '-', '--format', 'csv', '--errors', errors]
      )
      cleanup(() => void child.kill('SIGKILL'))
      child.stdin.write(`${HEADER}\n${NEW}\n`)
      await until('the import', async () => existsSync(errors))
      child.kill(signal)
      const { exitCode } = await ended
      assert.equal(exitCode, { SIGINT: 130, SIGTERM: 143 }[signal])
      const { lettings } = await everything()
      assert.lengthOf(lettings, 6)
    })

  test('keeps others from writing before it looks at what is there', async ({ assert }) => {
    const write = async () => {
      if (db.primaryConnectionName === 'mysql')
        return db.rawQuery('select id from adonis_schema order by id limit 1 for update nowait')
      const other = new SQLite(sqliteFile, { timeout: 0 })
      try {
        other.exec('begin immediate')
      } finally {
        other.close()
      }
    }
    const apply: typeof kind.apply = async (...given) => {
      await assert.rejects(write, /locked|Lock wait|NOWAIT/)
      return kind.apply(...given)
    }
    const rows = [{ line: 1, values: demoLetting(0) }]
    const outcome = await importRows({ ...kind, apply }, rows, { problems: new Problems() })
    assert.include(outcome, { added: 1 })
  })

  if (db.primaryConnectionName === 'sqlite') {
    test('takes what others write while it reads the file for what is there', async ({
      assert,
    }) => {
      const prepare = async (trx: TransactionClientContract) => {
        await kind.prepare(trx)
        const other = new SQLite(sqliteFile)
        other.exec('delete from lettings where id = 1')
        other.close()
      }
      const rows = [{ line: 1, values: { id: 1, ...demoLetting(0) } }]
      const outcome = await importRows({ ...kind, prepare }, rows, { problems: new Problems() })
      assert.include(outcome, { added: 1, changed: 0 })
    })

    test('hears a signal before it commits', async ({ assert, cleanup }) => {
      const heard = new Promise<unknown>((resolve) => {
        const hear = () => {
          const other = new SQLite(sqliteFile)
          resolve(other.prepare('select count(*) from lettings').pluck().get())
          other.close()
        }
        process.once('SIGUSR2', hear)
        cleanup(() => void process.off('SIGUSR2', hear))
      })
      const prepare = async (trx: TransactionClientContract) => {
        await kind.prepare(trx)
        process.kill(process.pid, 'SIGUSR2')
      }
      const rows = [{ line: 1, values: demoLetting(0) }]
      await importRows({ ...kind, prepare }, rows, { problems: new Problems() })
      assert.equal(await heard, 6)
    })

    test('waits for another that writes, also on a new connection', async ({ assert, cleanup }) => {
      db.manager.add('new', db.manager.get('sqlite')!.config)
      const trx = await db.connection('new').transaction()
      const other = new SQLite(sqliteFile)
      cleanup(async () => {
        other.close()
        await trx.rollback()
        await db.manager.release('new')
      })
      await trx.rawQuery('pragma busy_timeout = 200')
      other.exec('begin immediate')
      const begun = performance.now()
      await assert.rejects(() => takeWriteLock(trx, 'lettings'), /database is locked/)
      assert.isAbove(performance.now() - begun, 150)
    })

    test('says so where the database cannot commit', async ({ assert, cleanup }) => {
      const sql = async (...statements: string[]) => {
        for (const statement of statements) await db.rawQuery(statement)
      }
      await sql(
        'create table annexes (letting_id references lettings (id) deferrable initially deferred)',
        'create trigger annex after insert on lettings begin insert into annexes values (99); end'
      )
      cleanup(() => sql('drop trigger annex', 'drop table annexes'))
      const { exitCode, output } = await run('lettings:import', await csv(NEW))
      await sql('rollback')
      assert.equal(exitCode, 1)
      assert.match(output, /FOREIGN KEY constraint failed/)
      const { lettings } = await everything()
      assert.lengthOf(lettings, 6)
    })
  } else {
    test('ends a dry run well whose rollback lasts, as one of many rows does', async ({
      assert,
    }) => {
      const prepare = async (trx: TransactionClientContract) => {
        await kind.prepare(trx)
        const connection: any = await trx.knexClient.client.acquireConnection()
        const query = connection.query.bind(connection)
        connection.query = (options: any, ...rest: unknown[]) => {
          if (/rollback/i.test(options.sql)) query('select sleep(6)')
          return query(options, ...rest)
        }
      }
      const rows = [{ line: 1, values: demoLetting(0) }]
      const options = { problems: new Problems(), dryRun: true }
      const outcome = await importRows({ ...kind, prepare }, rows, options)
      assert.include(outcome, { rows: 1, added: 1 })
    }).timeout(20_000)

    test('waits for another that writes, also where nothing is there yet', async ({ cleanup }) => {
      await db.rawQuery('create table empties (id integer primary key)')
      const [one, other] = [await db.transaction(), await db.transaction()]
      cleanup(async () => {
        for (const trx of [one, other]) await trx.rollback()
        await db.rawQuery('drop table empties')
      })
      await takeWriteLock(one, 'empties')
      const waiting = takeWriteLock(other, 'empties')
      await until('the other to wait', somebodyWaits, 5)
      await one.rollback()
      await waiting
    })
  }
})

test.group('lettings:import refuses, whole,', (group) => {
  withOriginalRows(group)
  const folder = withFolder(group)
  const row = (changes: object = {}) => ({
    title: 'Sea Hut',
    number: 7,
    street: 'Mole Road',
    city: 'Brunswick',
    state: 'GA',
    zip_code: '01234',
    country_iso_code: 'USA',
    ...changes,
  })
  const rows = (...changes: object[]) => JSON.stringify(changes.map(row))
  const line = (changes: object = {}) => Object.values({ id: '', ...row(changes) }).join(',')
  const csv = (...lines: string[]) => [HEADER, ...lines, ''].join('\n')
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
  const megabytes = 'x'.repeat(10 * 1024 * 1024)

  /** Name of the file, what it holds, and what is said of it. */
  // prettier-ignore
  const cases: [string, string, string | Buffer, RegExp][] = [
    ['a letter for a number', 'a.csv', csv(line({ number: 'x' })), /line 2, number: must be a whole number; it is "x"/],
    ['a fraction', 'a.csv', csv(line({ number: '1.5' })), /line 2, number: must be a whole number/],
    ['a number with an exponent', 'a.csv', csv(line({ number: '1e3' })), /number: must be a whole number/],
    ['a hexadecimal number', 'a.csv', csv(line({ number: '0x1F' })), /number: must be a whole number/],
    ['a negative number', 'a.csv', csv(line({ number: '-1' })), /number: must be a whole number/],
    ['no number', 'a.csv', csv(line({ number: '' })), /number: is missing/],
    ['a number that no computer counts to', 'a.csv', csv(line({ number: '9'.repeat(400) })), /must be a whole number/],
    ['a formula for a number', 'a.csv', csv(line({ number: '=1+2' })), /number: must be a whole number; it is "=1\+2"/],
    ['a number that is too large', 'a.csv', csv(line({ number: 10_000 })), /number: must be from 0 to 9999; it is 10000/],
    ['an empty title', 'a.csv', csv(line({ title: '' })), /title: is empty/],
    ['a title of spaces', 'a.csv', csv(line({ title: '   ' })), /title: is empty/],
    ['a title that is too long', 'a.csv', csv(line({ title: 'é'.repeat(257) })), /title: must have 1 to 256 characters, not 257/],
    ['a street that is too long', 'a.csv', csv(line({ street: '🏡'.repeat(65) })), /street: must have 1 to 64 characters, not 65/],
    ['an empty city', 'a.csv', csv(line({ city: '' })), /city: is empty/],
    ['a city over two lines', 'a.csv', csv(line({ city: '"New\nYork"' })), /line 2, city: holds control characters/],
    ['a state of one letter', 'a.csv', csv(line({ state: 'G' })), /state: must have 2 characters, not 1/],
    ['a state of three letters', 'a.csv', csv(line({ state: 'GEO' })), /state: must have 2 characters, not 3/],
    ['a zip code that is too long', 'a.csv', csv(line({ zip_code: '12345678901' })), /zip_code: must have 1 to 10 characters/],
    ['no zip code', 'a.csv', csv(line({ zip_code: '' })), /zip_code: is empty/],
    ['a country of two letters', 'a.csv', csv(line({ country_iso_code: 'US' })), /country_iso_code: must have 3 characters, not 2/],
    ['a country in small letters', 'a.csv', csv(line({ country_iso_code: 'usa' })), /three capital letters/],
    ['a country in digits', 'a.csv', csv(line({ country_iso_code: '840' })), /three capital letters/],
    ['the id 0', 'a.csv', csv(line({ id: 0 })), /id: must be from 1 to 2147483647; it is 0/],
    ['an id that no database holds', 'a.csv', csv(line({ id: 2 ** 31 })), /id: must be from 1 to 2147483647/],
    ['a NUL byte', 'a.csv', csv(line({ title: 'a\0b' })), /title: holds control characters/],
    ['an escape sequence', 'a.csv', csv(line({ title: '\u001b[31mred' })), /title: holds control characters/],
    ['an id that is no number', 'a.csv', csv(line({ id: 'first' })), /id: must be a whole number/],
    ['NUL bytes instead of text', 'a.csv', Buffer.alloc(4096), /of the header is none/],
    ['the same id twice', 'a.csv', csv(line({ id: 9 }), line({ id: 9, number: 8 })), /line 3, id: is letting 9, as line 2 is/],
    ['the same id three times', 'a.csv', csv(...[1, 2, 3].map((number) => line({ id: 9, number }))), /line 4, id: .*\(3 rows/],
    ['the same new address twice', 'a.csv', csv(line(), line({ title: 'Other' })), /line 3: has the address of line 2/],
    ['the same address with an id and without', 'a.csv', csv(line({ id: 9 }), line()), /line 3: has the address of line 2/],
    ['a letting by its id and by its address', 'a.csv', csv(FIRST, FIRST.slice(1)), /line 3, id: is letting 1, as line 2 is/],
    ['too few cells', 'a.csv', csv(line().slice(0, -4)), /line 2: has 7 cells, and the header has 8/],
    ['too many cells', 'a.csv', csv(`${line()},`), /line 2: has 9 cells, and the header has 8/],
    ['semicolons', 'a.csv', csv(line()).replaceAll(',', ';'), /is none that lettings have/],
    ['a missing column', 'a.csv', csv(line()).replaceAll(/,[^,\n]*$/gm, ''), /line 1: the header lacks country_iso_code/],
    ['a missing column below an empty line', 'a.csv', `\n${csv(line()).replaceAll(/,[^,\n]*$/gm, '')}`, /line 2: the header lacks/],
    ['no header', 'a.csv', line(), /of the header is none that lettings have/],
    ['a column that nobody knows', 'a.csv', csv(line()).replace('city', 'town'), /column "town" of the header is none/],
    ['a column twice', 'a.csv', csv(line()).replace('state', 'city'), /line 1: the header names the column "city" twice/],
    ['a column twice in two spellings', 'a.csv', csv(line()).replace('city', 'ZipCode'), /zip_code of the header is there twice/],
    ['a quote that is never closed', 'a.csv', csv(line({ title: '"Sea' }), line()), /line 2: the file ends inside quotes/],
    ['a quote that is never closed before 10 MB', 'a.csv', csv(line({ title: `"${megabytes}` })), /line 2: is longer than 1048576 bytes/],
    ['a quote inside a cell', 'a.csv', csv(line({ title: 'Sea "Hut"' })), /line 2: has a quote inside a cell/],
    ['text behind a quote', 'a.csv', csv(line({ title: '"Sea" Hut' })), /line 2: has text behind a closing quote/],
    ['a cell of 10 MB', 'a.csv', csv(line({ title: megabytes })), /line 2: is longer than 1048576 bytes/],
    ['a cell of 900 kB', 'a.csv', csv(line({ title: megabytes.slice(0, 900_000) })), /not 900000; it is "x{59}…/],
    ['an empty file', 'a.csv', '', /is empty/],
    ['bytes that are not UTF-8', 'a.csv', Buffer.from(csv(line(), line({ number: 8, city: 'Köln' })), 'latin1'), /line 3: is not UTF-8/],
    ['a character cut in two', 'a.csv', Buffer.from(csv(line({ city: 'Köl' }))).subarray(0, -20), /line 2/],
    ['half a character at the end', 'a.csv', Buffer.concat([Buffer.from(csv(line())), Buffer.from([0xc3])]), /line 3: is not UTF-8/],
    ['UTF-16', 'a.csv', Buffer.from(`\uFEFF${csv(line())}`, 'utf16le'), /is in UTF-16; save it in UTF-8/],
    ['a good row before a bad one', 'a.csv', csv(line(), line({ number: -1 })), /line 3, number/],
    ['a row over lines before a bad one', 'a.csv', csv(line({ title: '"a\n\nb"' }), '', line({ number: -1 })), /line 6, number/],
    ['JSON in CSV', 'a.csv', rows({}), /line 1: has a quote inside a cell/],
    ['CSV in JSON', 'a.json', csv(line()), /is not JSON|must hold one array/],
    ['an object for an array', 'a.json', JSON.stringify(row()), /must hold one array of objects/],
    ['a number for an array', 'a.json', '5', /must hold one array of objects/],
    ['an array of arrays', 'a.json', '[[1, 2]]', /line 1: must be an object/],
    ['an array of numbers', 'a.json', '[\n1]', /line 2: must be an object/],
    ['an array of null', 'a.json', '[null]', /line 1: must be an object/],
    ['a bad row far down in JSON', 'a.json', JSON.stringify(Array.from({ length: 200 }, (_, number) => row(number === 150 ? { number, state: 'G' } : { number })), null, 1), /^line 1352, state: must have 2/],
    ['a truncated array', 'a.json', rows({}).slice(0, -1), /line 1: the file ends before its array does/],
    ['a truncated object', 'a.json', rows({}).slice(0, -9), /line 1: the file ends before its array does/],
    ['JSON that is empty', 'a.json', '', /the file ends before its array does/],
    ['JSON with a comma too many', 'a.json', '[{"a":1},]', /line 1, title: is missing[^]*line 1: is not JSON/],
    ['JSON with something behind it', 'a.json', `${rows({})}\n[]`, /line 2: is not JSON/],
    ['a word between rows of JSON', 'a.json', `${rows({}).slice(0, -1)},\n\nand]`, /line 3: is not JSON: Unexpected "a"\n/],
    ['a bare word in JSON', 'a.json', '[{"title":nul}]', /line 1: is not JSON/],
    ['deep JSON', 'a.json', deep(100_000), /is nested deeper than 16 levels/],
    ['deep JSON in a field', 'a.json', `[{"title":${deep(10)}}]`, /line 1, title: must be text/],
    ['10 MB in a field of JSON', 'a.json', `[{"title":"${megabytes}"}]`, /is longer than 1048576 bytes|must have 1 to 256/],
    ['10 MB in JSON outside of an object', 'a.json', `["${megabytes}"]`, /line 1: is longer than 1048576 bytes/],
    ['a number in quotes in JSON', 'a.json', rows({ number: '7' }), /line 1, number: must be a whole number; it is "7"/],
    ['a zip code without quotes in JSON', 'a.json', rows({ zip_code: 1234 }), /zip_code: must be text; it is 1234/],
    ['true for a text', 'a.json', rows({ city: true }), /city: must be text; it is true/],
    ['null for a text', 'a.json', rows({ city: null }), /city: is missing/],
    ['a text that is an object', 'a.json', rows({ city: { name: 'Brunswick' } }), /city: must be text/],
    ['half a surrogate pair', 'a.json', rows({ city: '\ud83c' }), /city: holds half a character/],
    ['a field that nobody knows', 'a.json', rows({ town: 'Brunswick' }), /line 1, "town": is none that lettings have/],
    ['everything wrong at once', 'a.json', '[\n{}]', /line 2, title: is missing\nline 2, number: is missing/],
    ['a line that is not JSON', 'a.ndjson', `${JSON.stringify(row())}\n{"title":\n`, /line 2: is not JSON/],
    ['a line that a terminal would obey', 'a.ndjson', '\u001b[2J', /line 1: is not JSON: \P{Cc}*\\u001b\[2J\P{Cc}*(\n|$)/u],
    ['a truncated line', 'a.ndjson', JSON.stringify(row()).slice(0, -1), /line 1: is not JSON/],
    ['an array in NDJSON', 'a.ndjson', '[1]\n', /line 1: must be an object/],
    ['10 MB on a line', 'a.ndjson', megabytes, /line 1: is longer than 1048576 bytes/],
    ['a file that is not there', 'not-there.csv', '', /there is no such file/],
  ]

  for (const [name, file, contents, complaint] of cases) {
    test(`${name}`, async ({ assert }) => {
      const before = await everything()
      const path =
        name === 'a file that is not there' ? folder.path(file) : await folder.write(file, contents)
      const { exitCode, output } = await run('lettings:import', path)
      assert.match(output, complaint)
      assert.equal(exitCode, 1)
      assert.deepEqual(await everything(), before)
    })
  }

  test('a folder', async ({ assert }) => {
    const { exitCode, output } = await run('lettings:import', folder.path('.'), '--format', 'csv')
    assert.match(output, /is a folder, not a file/)
    assert.equal(exitCode, 1)
  })

  test('an address that two lettings have already', async ({ assert }) => {
    await run(
      'lettings:import',
      await folder.write('two.csv', csv(line({ id: 8 }), line({ id: 9 }), line({ number: 8 })))
    )
    const { output } = await run('lettings:import', await folder.write('a.csv', csv(line())))
    assert.match(output, /line 2: 2 lettings are at this address, such as 8: it needs an id/)
  })
})

test.group('profiles:import', (group) => {
  withOriginalRows(group)
  const folder = withFolder(group)

  test('adds, changes and leaves alone, by id or by username', async ({ assert }) => {
    const file = await folder.write(
      'p.csv',
      'id,username,first_name,favorite_city\n,AirWow,Ada,Prague\n1,HeadlinesGazer,Jamie,Buenos Aires\n,Zoë,Zoë,\n'
    )
    assert.include(await runJson('profiles:import', file), {
      added: 1,
      changed: 1,
      unchanged: 1,
      removed: 0,
    })
    assert.include(await runJson('profiles:import', file), { added: 0, changed: 0, unchanged: 3 })
    const { profiles } = await everything()
    assert.include(profiles[2], { username: 'AirWow', last_name: 'Paul', favorite_city: 'Prague' })
    assert.include(profiles[4], {
      username: 'Zoë',
      first_name: 'Zoë',
      last_name: '',
      favorite_city: '',
    })
  })

  test('tells favorite cities apart letter for letter', async ({ assert }) => {
    const file = await folder.write('p.csv', 'id,username,favorite_city\n3,AirWow,buDApest\n')
    assert.include(await runJson('profiles:import', file), { changed: 1, unchanged: 0 })
    const { profiles } = await everything()
    assert.equal(profiles[2].favorite_city, 'buDApest')
  })

  test('changes any one of a user’s names', async ({ assert }) => {
    const changes = [{ first_name: 'New' }, { last_name: 'New' }, { email: 'new@example.com' }]
    for (const change of changes) {
      const row = { username: 'AirWow', ...change }
      const file = await folder.write('p.ndjson', JSON.stringify(row))
      assert.include(await runJson('profiles:import', file), { changed: 1 })
      assert.include(await db.from('users').where('username', 'AirWow').first(), change)
    }
  })

  test('renames a user by the id of the profile', async ({ assert }) => {
    await run(
      'profiles:import',
      await folder.write('p.json', '[{"id":1,"username":"jamie","email":""}]')
    )
    const { profiles } = await everything()
    assert.include(profiles[0], { username: 'jamie', first_name: 'Jamie', email: '' })
  })

  test('gives a user without a profile one', async ({ assert }) => {
    const [id] = await db
      .table('users')
      .insert({ username: 'admin', password: '!', date_joined: '2020-06-14 09:41:15' })
    const file = await folder.write(
      'p.json',
      '[{"id":7,"username":"admin","first_name":"Ada","favorite_city":"Bonn"}]'
    )
    assert.include(await runJson('profiles:import', file), { added: 1, changed: 0, unchanged: 0 })
    const profile = await db.from('profiles').where('id', 7).firstOrFail()
    assert.include(profile, { user_id: id, favorite_city: 'Bonn' })
    assert.include(await db.from('users').where('id', id).first(), { first_name: 'Ada' })
  })

  test('gives new profiles ids that no row of the file has', async ({ assert }) => {
    const add = async (...rows: object[]) =>
      runJson('profiles:import', await folder.write('p.json', JSON.stringify(rows)))
    await add({ username: 'ada' })
    const { id } = await db.from('profiles').orderBy('id', 'desc').firstOrFail()
    const next = [{ username: 'bea' }, { id: id + 1, username: 'cleo' }]
    assert.include(await add(...next), { added: 2 })
  })

  test('makes the database equal to the file with --replace, users without a profile aside', async ({
    assert,
  }) => {
    await db
      .table('users')
      .insert({ username: 'admin', password: '!', date_joined: '2020-06-14 09:41:15' })
    const file = await folder.write(
      'p.ndjson',
      '{"username":"AirWow"}\n{"id":9,"username":"DavWin"}\n'
    )
    assert.include(await runJson('profiles:import', file, '--replace'), {
      added: 1,
      unchanged: 1,
      removed: 3,
    })
    const users = await db.from('users').orderBy('username').select('username')
    assert.deepEqual(
      users.map(({ username }) => username),
      ['AirWow', 'DavWin', 'admin']
    )
  })

  // prettier-ignore
  const cases: [string, string, RegExp][] = [
    ['a username with a space', '{"username":"a b"}', /line 1, username: must have 1 to 150 letters/],
    ['no username', '{"favorite_city":"Bonn"}', /username: is missing/],
    ['an e-mail address that is none', '{"username":"a","email":"a"}', /email: must be an e-mail address, or empty/],
    ['a username that a URL cannot name', '{"username":".."}', /username: must not be "." or ".."/],
    ['the same username twice', '{"username":"AirWow"}\n{"username":"AirWow"}', /^line 2, username: is user AirWow, as line 1 is\n\[/],
    ['the same id twice', '{"id":8,"username":"a"}\n{"id":8,"username":"b"}', /line 2, id: is profile 8, as line 1 is/],
    ['the same profile by its id and by its username', '{"id":3,"username":"a"}\n{"username":"AirWow"}', /line 2, id: is profile 3, as line 1 is/],
    ['the username of another', '{"id":1,"username":"DavWin"}', /username: DavWin is the user of profile 2/],
    ['a new id for a user who has a profile', '{"id":9,"username":"DavWin"}', /DavWin is the user of profile 2/],
    ['a city that is too long', `{"username":"a","favorite_city":"${'x'.repeat(65)}"}`, /must have at most 64 characters/],
    ['a password', '{"username":"a","password":"secret"}', /"password": is none that profiles have/],
  ]
  for (const [name, contents, complaint] of cases) {
    test(`refuses, whole, ${name}`, async ({ assert }) => {
      const before = await everything()
      const file = await folder.write('p.ndjson', `${contents}\n{"username":"fine"}\n`)
      const { exitCode, output } = await run('profiles:import', file)
      assert.match(output, complaint)
      assert.equal(exitCode, 1)
      assert.deepEqual(await everything(), before)
    })
  }
})

/** How many rows take a while to write, and whether that has begun, which nobody else sees yet. */
async function givenLookAtWrites() {
  if (db.primaryConnectionName === 'mysql') {
    const count = (trx: TransactionClientContract) => trx.from('lettings').count('* as count')
    return {
      rows: 2_000,
      async begun() {
        const found = await db.transaction(count, { isolationLevel: 'read uncommitted' })
        return Number(found[0].count) > 6
      },
    }
  }
  // SQLite's log gets what memory does not hold before the transaction ends
  await db.rawQuery('pragma wal_checkpoint(truncate)')
  return { rows: 20_000, begun: async () => statSync(`${sqliteFile}-wal`).size > 0 }
}
