import { spawnSync } from 'node:child_process'
import { Readable } from 'node:stream'
import ace from '@adonisjs/core/services/ace'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { test } from '@japa/runner'
import { sqliteFile } from '#config/database'
import User from '#models/user'
import { UserCommand } from '#services/user_command'
import { givenTerminal, run, runJson, runWithInput, withOriginalRows } from '#tests/console/helpers'

const DJANGO = 'pbkdf2_sha256$180000$p35UH2yYInHF$4LTphT2basUmvfLq+XHETVvKONZrWUsLfKu1K8/Hqdk='

test.group('users', (group) => {
  withOriginalRows(group)

  test('are created with the password from standard input', async ({ assert }) => {
    const { stdout, exitCode } = await runWithInput(
      'correct horse\n',
      'users:create',
      'ada',
      '--email',
      'ada@example.com',
      '--first-name= Ada ',
      '--last-name=Lovelace',
      '--staff'
    )
    assert.match(stdout, /^Created user ada \(\d+\)\n$/)
    assert.equal(exitCode, 0)
    const user = await User.findByOrFail('username', 'ada')
    assert.deepInclude(user.$attributes, {
      email: 'ada@example.com',
      firstName: 'Ada',
      lastName: 'Lovelace',
      isStaff: true,
      isSuperuser: false,
      isActive: true,
    })
    assert.approximately(user.dateJoined.toMillis(), Date.now(), 60_000)
    assert.isTrue(await user.verifyPassword('correct horse'))
    assert.isFalse(await user.verifyPassword('correct horse\n'))
    assert.match(user.password, /^\$scrypt\$n=16384,r=8,p=1\$/)
  })

  test('are created with a password that is typed twice and not shown', async ({
    assert,
    cleanup,
  }) => {
    cleanup(givenTerminal())
    const { ask } = ace.prompt
    cleanup(() => void Object.assign(ace.prompt, { ask }))
    ace.prompt.ask = () => assert.fail('the password is shown')
    for (const question of ['Password', 'The same again'])
      ace.prompt.trap(question).replyWith('correct horse')
    const created = await runJson('users:create', 'ada', '--superuser')
    const user = await User.findByOrFail('username', 'ada')
    assert.deepEqual(created, { ok: true, id: user.id, username: 'ada' })
    assert.deepInclude(user.$attributes, { isStaff: false, isSuperuser: true })
    assert.isTrue(await user.verifyPassword('correct horse'))
  })

  test('are refused without a password, or with a short one', async ({ assert }) => {
    const { stderr, exitCode } = await runWithInput('short\n', 'users:create', 'ada')
    assert.match(stderr, /password: must have 8 to 256 characters, not 5/)
    assert.equal(exitCode, 1)
    assert.isNull(await User.findBy('username', 'ada'))
  })

  test('are refused by the rules before a password is asked for', async ({ assert }) => {
    for (const [args, complaint] of [
      [['AirWow'], /there is a user AirWow already/],
      [['ＡｉｒＷｏｗ'], /there is a user AirWow already/],
      [['a b'], /username: must have 1 to 150 letters/],
      [['ada', '--email', 'nobody'], /email: must be an e-mail address/],
    ] as const) {
      const { exitCode, output } = await run('users:create', ...args)
      assert.match(output, complaint)
      assert.equal(exitCode, 1)
    }
  })

  test('are refused if somebody else takes the name while the password is typed', async ({
    assert,
    cleanup,
  }) => {
    async function* typing() {
      await db.table('users').insert({ username: 'ada', password: '!', date_joined: '2020-06-14' })
      yield 'correct horse'
    }
    const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!
    cleanup(() => void Object.defineProperty(process, 'stdin', stdin))
    Object.defineProperty(process, 'stdin', { ...stdin, get: () => Readable.from(typing()) })
    const { exitCode, output } = await run('users:create', 'ada')
    assert.equal(output, '[ red(error) ] there is a user ada already')
    assert.equal(exitCode, 1)
  })

  test('take no password as an argument', async ({ assert }) => {
    const { exitCode } = await run('users:create', 'ada', '--password', 'correct horse')
    assert.equal(exitCode, 2)
  })

  test('leave no password hash in a message, whatever goes wrong', async ({ assert, cleanup }) => {
    const refusal =
      db.primaryConnectionName === 'mysql'
        ? "for each row signal sqlstate '45000'"
        : "begin select raise(abort, 'no'); end"
    await db.rawQuery(`create trigger no_updates before update on users ${refusal}`)
    cleanup(() => db.rawQuery('drop trigger no_updates'))
    const { stdout, stderr, exitCode } = await runWithInput(
      'correct horse',
      'users:password',
      'AirWow'
    )
    assert.match(stderr, /update `?users`? set `?password`? = \?/)
    assert.match(stderr, /^ +at /m)
    assert.notInclude(stdout + stderr, 'scrypt$')
    assert.equal(exitCode, 1)
  })

  test('get a new password', async ({ assert }) => {
    const { stdout } = await runWithInput('correct horse', 'users:password', 'AirWow', '--json')
    assert.deepEqual(JSON.parse(stdout), { ok: true, username: 'AirWow' })
    const user = await User.findByOrFail('username', 'AirWow')
    assert.isTrue(await user.verifyPassword('correct horse'))
    const { exitCode, output } = await run('users:password', 'nobody')
    assert.match(output, /there is no user nobody/)
    assert.equal(exitCode, 1)
  })

  test('keep their password where two different ones are typed', async ({ assert, cleanup }) => {
    await db.from('users').where('username', 'AirWow').update({ password: DJANGO })
    cleanup(givenTerminal())
    ace.prompt.trap('Password').replyWith('correct horse')
    ace.prompt.trap('The same again').replyWith('correct house')
    const { exitCode, output } = await run('users:password', 'ＡｉｒＷｏｗ')
    assert.match(output, /the two passwords differ: nothing was changed/)
    assert.equal(exitCode, 1)
    assert.include(await db.from('users').where('username', 'AirWow').first(), { password: DJANGO })
  })

  test('from Django are told by their password, and hashed as today’s are from then on', async ({
    assert,
  }) => {
    await db.from('users').where('username', 'AirWow').update({ password: DJANGO })
    const wrong = await runWithInput('Abc1234?\n', 'users:password', 'AirWow', '--check')
    assert.equal(wrong.exitCode, 1)
    assert.include(await db.from('users').where('username', 'AirWow').first(), { password: DJANGO })

    const right = await runWithInput('Abc1234!\r\n', 'users:password', 'AirWow', '--check')
    assert.equal(right.stdout, 'The password is right\n')
    const user = await User.findByOrFail('username', 'AirWow')
    assert.match(user.password, /^\$scrypt\$/)
    assert.isTrue(await user.verifyPassword('Abc1234!'))
    const other = await User.findByOrFail('username', 'DavWin')
    assert.isFalse(await other.verifyPassword(other.password), 'who has no hash has no password')
  })

  test('keep a password that they get while an older one is checked or set', async ({
    assert,
    cleanup,
  }) => {
    await db.from('users').where('username', 'AirWow').update({ password: DJANGO })
    const known = await User.findByOrFail('username', 'AirWow')
    const command = UserCommand.prototype as any
    const { askNew } = command
    cleanup(() => Object.assign(command, { askNew }))
    command.askNew = async () => {
      await runWithInput('correct horse', 'users:password', 'AirWow')
      return 'battery staple'
    }
    const { exitCode, output } = await run('users:password', 'AirWow')
    assert.match(output, /somebody else has just changed AirWow: nothing was changed/)
    assert.equal(exitCode, 1)
    assert.isFalse(await known.verifyPassword('Abc1234!'))
    const user = await User.findByOrFail('username', 'AirWow')
    assert.isTrue(await user.verifyPassword('correct horse'))
  })

  test('are listed with their roles', async ({ assert }) => {
    await db
      .from('users')
      .where('username', 'AirWow')
      .update({ password: DJANGO, is_superuser: true })
    const ada = { username: 'Ada', password: '$scrypt$n=1', is_staff: true, is_active: false }
    await db.table('users').insert({ ...ada, date_joined: '2020-06-14' })
    const { users } = await runJson('users:list')
    assert.deepInclude(users[0], { username: '4meRomance', role: '', password: 'none' })
    assert.deepEqual(users[1], {
      id: 3,
      username: 'AirWow',
      name: 'Ada Paul',
      email: 'flocation.vam4@glendenningflowerdesign.com',
      role: 'superuser',
      active: true,
      profile: 3,
      password: 'pbkdf2_sha256',
    })
    assert.deepInclude(users[4], {
      username: 'Ada',
      role: 'staff',
      active: false,
      profile: null,
      password: 'scrypt',
    })
    const { output } = await run('users:list')
    assert.match(output, /HeadlinesGazer/)
    assert.include(output, '|Ada|||staff|no||scrypt')
    assert.notInclude(output, DJANGO)
  })

  test('show what would move a terminal’s cursor as what it is', async ({ assert }) => {
    await db
      .from('users')
      .where('username', 'AirWow')
      .update({ last_name: 'Paul\u001b[2J\n\u009b' })
    const { output } = await run('users:list')
    assert.include(output, String.raw`Paul\u001b[2J\u000a\u009b`)
    assert.notMatch(output, /(?!\n)\p{Cc}/u)
    const refused = await run('users:password', 'Paul\u001b[2J')
    assert.include(refused.output, String.raw`there is no user Paul\u001b[2J`)
  })

  test('are listed only where no migration is missing', async ({ assert, cleanup }) => {
    const [last] = await db.from('adonis_schema').orderBy('id', 'desc').limit(1)
    await db.from('adonis_schema').where('id', last.id).delete()
    cleanup(async () => void (await db.table('adonis_schema').insert({ ...last })))
    const { exitCode, output } = await run('users:list')
    assert.match(output, /the database has no tables yet, or old ones/)
    assert.equal(exitCode, 1)
  })

  test('say in a line that nobody reads on', async ({ assert }) => {
    const { stderr } = spawnSync('sh', ['-c', '"$0" ace.js users:list | true', process.execPath], {
      cwd: app.makePath(),
      env: { ...process.env, NODE_ENV: 'test', DB_FILE: sqliteFile },
      encoding: 'utf8',
    })
    assert.equal(stderr, 'standard output cannot be written: write EPIPE\n')
  })
})
