import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { chmod, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { test } from '@japa/runner'
import fc from 'fast-check'
import { sqliteFile } from '#config/database'
import { lettingRowValidator } from '#validators/letting'
import { profileRowValidator } from '#validators/profile'
import { backups } from '#services/backup'
import { exportRows, inPlace } from '#services/export'
import { importRows } from '#services/import/importer'
import { lettings } from '#services/import/lettings'
import { Problems } from '#services/import/problems'
import { profiles } from '#services/import/profiles'
import {
  emptyTables,
  everything,
  run,
  runJson,
  runWithInput,
  startWith,
  withFolder,
  withOriginalRows,
} from '#tests/console/helpers'

const text = (minLength: number, maxLength: number) =>
  fc
    .string({ unit: 'grapheme', minLength, maxLength })
    .map((value) => [...value.trim()].slice(0, maxLength).join('').trim())
const awkward = fc.constantFrom(
  '=1+1', "'=1", "''@x", '-', '"', 'a,b', ',', '""', "'", 'a"b', '\ta b', 'null', '0', '+', 'Köln 🏡'
) // prettier-ignore
const valid = (validator: { validate(row: object): Promise<unknown> }) => (row: object) =>
  validator.validate(row).then(
    () => true,
    () => false
  )

const letting = fc.record({
  title: fc.oneof(text(1, 256), awkward, fc.constant('two\r\nlines'), fc.constant('a\rb')),
  number: fc.integer({ min: 0, max: 9999 }),
  street: fc.oneof(text(1, 64), awkward),
  city: fc.oneof(text(1, 64), awkward),
  state: fc.constantFrom('GA', 'éé', '=1', '🏡🏡', '"a', ',,'),
  zipCode: fc.oneof(text(1, 10), fc.constantFrom('01234', '-1', '1,2')),
  countryIsoCode: fc.constantFrom('USA', 'FRA', 'XXX'),
})

const profile = fc.record({
  username: fc.string({ unit: fc.constantFrom(...'aZ09é名@.+-_'), minLength: 1, maxLength: 20 }),
  firstName: fc.oneof(text(0, 150), awkward),
  lastName: fc.oneof(text(0, 150), awkward),
  email: fc.constantFrom('', 'a@example.com', "o'neill+x@example.com"),
  favoriteCity: fc.oneof(text(0, 64), awkward),
})

test.group('data:export', (group) => {
  withOriginalRows(group)
  const folder = withFolder(group)

  test('writes what the imports read: an equal database comes out', async ({ assert }) => {
    const spaced = (ids: number[]) =>
      ids.map((_, i) => ids.slice(0, i + 1).reduce((sum, gap) => sum + gap, 0))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(letting, fc.integer({ min: 1, max: 50 })), {
          minLength: 1,
          maxLength: 20,
        }),
        fc.uniqueArray(profile, {
          minLength: 1,
          maxLength: 10,
          selector: ({ username }) => username.normalize('NFKC'),
        }),
        fc.constantFrom('csv', 'json', 'ndjson'),
        async (withGaps, people, format) => {
          const ids = spaced(withGaps.map(([, gap]) => gap))
          const houses = withGaps.map(([row], i) => ({ id: ids[i], ...row }))
          const goodHouses = await keep(houses, valid(lettingRowValidator))
          const goodPeople = await keep(people, valid(profileRowValidator))
          fc.pre(goodHouses.length > 0 && goodPeople.length > 0)
          await emptyTables()
          await plant(lettings, goodHouses)
          await plant(profiles, goodPeople)
          const before = await everything()

          const files = {
            lettings: folder.path(`l.${format}`),
            profiles: folder.path(`p.${format}`),
          }
          await run('data:export', 'lettings', '--out', files.lettings)
          await run('data:export', 'profiles', '--out', files.profiles)
          await emptyTables()
          assert.include(await runJson('lettings:import', files.lettings), {
            ok: true,
            added: goodHouses.length,
          })
          assert.include(await runJson('profiles:import', files.profiles), {
            ok: true,
            added: goodPeople.length,
          })
          assert.deepEqual(await everything(), before)
        }
      ),
      { numRuns: 40 }
    )

    async function keep<T>(rows: T[], predicate: (row: any) => Promise<boolean>) {
      const flags = await Promise.all(rows.map(predicate))
      return rows.filter((_, i) => flags[i])
    }
    async function plant(kind: typeof lettings, rows: object[]) {
      const problems = new Problems()
      await importRows(
        kind,
        rows.map((values, i) => ({ line: i + 1, values })),
        { problems }
      )
      assert.deepEqual(problems.kept, [])
    }
  })

  test('writes more rows than one query brings, in the order of their ids', async ({ assert }) => {
    await run('db:seed', '--demo', '2001')
    const out = folder.path('many.json')
    await run('data:export', '--out', out)
    const { lettings: expected } = await everything()
    assert.deepEqual(JSON.parse(await readFile(out, 'utf8')), expected)
    assert.equal(statSync(out).mode & 0o777, 0o600)
  })

  test('writes a header, and formulas so that no spreadsheet runs them', async ({ assert }) => {
    await run(
      'lettings:import',
      await folder.write(
        'a.json',
        '[{"id":1,"title":"=cmd()","number":1,"street":"a,b","city":"C","state":"GA","zip_code":"01234","country_iso_code":"USA"}]'
      ),
      '--replace'
    )
    const out = folder.path('out.csv')
    const { output } = await run('data:export', '--out', out)
    assert.equal(output, `Wrote 1 lettings to ${out}`)
    assert.equal(
      await readFile(out, 'utf8'),
      'id,title,number,street,city,state,zip_code,country_iso_code\n1,\'=cmd(),1,"a,b",C,GA,01234,USA\n'
    )
  })

  test('knows a format by the name of the file as the imports do', async ({ assert }) => {
    for (const name of ['a.csv', 'a.JSON', 'a.ndjson', 'a.jsonl']) {
      await run('data:export', '--out', folder.path(name))
      assert.include(await runJson('lettings:import', folder.path(name)), { unchanged: 6 }, name)
    }
  })

  test('writes to standard output', async ({ assert }) => {
    const { stdout, exitCode } = await runWithInput(
      '',
      'data:export',
      'profiles',
      '--format',
      'ndjson'
    )
    assert.equal(exitCode, 0)
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const { profiles: expected } = await everything()
    assert.deepEqual(rows, expected)
    assert.notInclude(stdout, 'password')
  })

  test('leaves a file as it was where it fails, and nothing beside it', async ({ assert }) => {
    const missing = await run('data:export', '--out', folder.path('missing/out.csv'))
    assert.equal(missing.exitCode, 1)
    assert.match(missing.output, /cannot be written: ENOENT/)

    const out = await folder.write('kept.csv', 'before')
    const failing = exportRows('lettings', 'csv', out, () => {
      throw new Error('it breaks')
    })
    await assert.rejects(() => failing, 'it breaks')
    assert.equal(await readFile(out, 'utf8'), 'before')
    const lost = Object.assign(new Error('the connection is lost'), {
      syscall: 'read',
      fatal: true,
    })
    await assert.rejects(() => inPlace(out, () => Promise.reject(lost)), /^the connection is lost$/)
    const names = await readdir(folder.path('.'))
    assert.notInclude(names.join(), 'partial')
  })

  test('takes nothing away that is no file', async ({ assert }) => {
    const pipe = folder.path('pipe')
    execFileSync('mkfifo', [pipe])
    const { exitCode, output } = await run('data:export', '--out', pipe)
    assert.equal(exitCode, 1)
    assert.match(output, /pipe is no file/)
    assert.isTrue(statSync(pipe).isFIFO())
  })

  test('writes where a link leads, which stays one', async ({ assert }) => {
    const [file, link] = [folder.path('real.csv'), folder.path('linked.csv')]
    await symlink('real.csv', link)
    for (const there of [false, true]) {
      if (there) await writeFile(file, 'before')
      await run('data:export', '--out', link)
      assert.match(await readFile(file, 'utf8'), /^id,title/)
      assert.equal(await readlink(link), 'real.csv')
    }
    const circle = folder.path('circle.csv')
    await symlink(circle, circle)
    assert.include(await run('data:export', '--out', circle), { exitCode: 0 })
  })

  test('leaves a file to whom it is for', async ({ assert }) => {
    const file = await folder.write('shared.csv', 'before')
    await chmod(file, 0o644)
    await run('data:export', '--out', file)
    assert.match(await readFile(file, 'utf8'), /^id,title/)
    assert.equal(statSync(file).mode & 0o777, 0o644)
  })

  test('takes no place of the database, by whichever name', async ({ assert }) => {
    const before = await everything()
    const link = folder.path('link.csv')
    await symlink(app.makePath(sqliteFile), link)
    const besides = ['-wal', '-shm', '.lock'].map((end) => sqliteFile + end)
    for (const out of [sqliteFile, app.makePath(sqliteFile), ...besides, link]) {
      const { exitCode, output } = await run('data:export', '--out', out)
      assert.equal(exitCode, 2, out)
      assert.match(output, /--out would overwrite .*test\.sqlite3/)
    }
    assert.deepEqual(await everything(), before)
  }).skip(db.primaryConnectionName !== 'sqlite', 'the database is no file')

  test('leaves nothing beside a file when the process is told to end', async ({ assert }) => {
    const others = process.listeners('exit')
    const path = folder.path('ended.csv')
    const names = () => readdirSync(folder.path('.')).join()
    await inPlace(path, async (partial) => {
      for (const end of ['', '-journal']) await writeFile(partial + end, 'half')
      assert.include(names(), 'ended.csv')
      for (const hook of process.listeners('exit').filter((one) => !others.includes(one))) hook(143)
      assert.notInclude(names(), 'ended.csv')
      await writeFile(partial, 'whole')
    })
    assert.equal(await readFile(path, 'utf8'), 'whole')
    assert.deepEqual(process.listeners('exit'), others)
  })

  test('begins its file before it can be told to end, not in a thread that would do it afterwards', async ({
    assert,
  }) => {
    const [out, copy] = [folder.path('early.csv'), folder.path('early.backup')]
    for (const [path, begin] of [
      [out, () => exportRows('lettings', 'csv', out, () => {})],
      [copy, () => backups().create(copy, () => {})],
    ] as const) {
      const ended = begin()
      assert.isTrue(existsSync(`${path}.${process.pid}.partial`), path)
      await ended
    }
  })

  test('says so in a line where there is no folder for the database', async ({ assert }) => {
    const env = { DB_CONNECTION: 'sqlite', DB_URL: '', DB_FILE: folder.path('none/site.sqlite3') }
    const { stderr, exitCode } = await startWith(env, 'data:export', 'lettings').ended
    assert.equal(exitCode, 1)
    assert.match(stderr, /the database is unavailable: Cannot open database/)
    assert.notInclude(stderr, '    at ')
  })

  test('gives machines in {$self} one JSON object, and beside it what is logged')
    .with(['production', 'development'])
    .run(async ({ assert }, NODE_ENV) => {
      const DB_FILE = folder.path('none/site.sqlite3')
      const env = { NODE_ENV, DB_CONNECTION: 'sqlite', DB_URL: '', DB_FILE, LOG_LEVEL: 'warn' }
      const args = ['data:export', '--json', '--out', folder.path('none.csv')]
      const { stdout, stderr } = await startWith(env, ...args).ended
      assert.isFalse(JSON.parse(stdout).ok)
      assert.include(stderr, 'Acquire connection error')
    })

  test('tells machines that {$self} is wrong, before it begins')
    .with(['data:export --nosuch', 'db:seed --demo=0'])
    .run(async ({ assert }, call) => {
      const { stdout, exitCode } = await runWithInput('', ...call.split(' '), '--json')
      assert.equal(exitCode, 2)
      assert.isFalse(JSON.parse(stdout).ok)
    })

  test('is called wrongly with a kind or a format that it does not know', async ({ assert }) => {
    for (const args of [['users'], ['--format', 'xml'], ['--json']]) {
      const { exitCode } = await run('data:export', ...args)
      assert.equal(exitCode, 2, args.join(' '))
    }
  })
})
