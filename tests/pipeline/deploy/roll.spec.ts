import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'
import { givenFolder, givenPrograms } from '#tests/helpers/server'
import { until } from '#tests/helpers/until'

const image = 'docker.io/somebody/oc-lettings-site'

/** As much of an engine as a roll asks for. A copy is a file that names its image, an image a folder with its assets. */
const programs = {
  docker: `case "$*" in
  'compose up '*--no-deps*--no-recreate*web)
    cp copies.yml $ENGINE
    for one in 1 2; do [ "$(ls $ENGINE/copies | wc -l)" -ge 2 ] || echo "$IMAGE:$RELEASE" >"$(mktemp $ENGINE/copies/XXXXXX)"; done ;;
  'compose up '*--no-recreate*database) ;;
  # Compose 2 replaces whatever a service depends on that has other settings by now
  'compose run '*--no-deps*) [ -e $ENGINE/healthy ] && [ $RELEASE != unmigrated ] ;;
  'compose up '* | 'compose run '*) touch $ENGINE/replaced ;;
  'inspect '*Health*)
    if [ -e $ENGINE/started ]; then touch $ENGINE/healthy; echo healthy; else touch $ENGINE/started; echo starting; fi ;;
  'ps '*status=exited*) cat $ENGINE/ended ;;
  'ps '*health=unhealthy*health=starting*) cat $ENGINE/hanging ;;
  'stop '*) echo $2 >>$ENGINE/stopped ;;
  'ps '*oneoff=False*) ls $ENGINE/copies ;;
  'inspect '*RestartCount*) grep -q bad $ENGINE/copies/$4 && echo >>$ENGINE/restarts; wc -l <$ENGINE/restarts ;;
  'inspect '*) cat $ENGINE/copies/$4 ;;
  'port '*) echo "127.0.0.1:$2" ;;
  'pull '*) cp -r "$ENGINE/registry/\${3#*:}" $ENGINE/images ;;
  'run '*) tar -c -C "$ENGINE/images/\${5#*:}" . ;;
  'rm '*) for copy; do :; done; rm -f "$ENGINE/copies/$copy" ;;
  'image inspect '*) ls "$ENGINE/images/\${3#*:}" ;;
  'image ls '*docker.io*) ;;
  'image ls '*) ls $ENGINE/images ;;
  'image rm '*) ! grep -qx "$3" $ENGINE/one-off && rm -r "$ENGINE/images/\${3#*:}" ;;
  'container prune '*project=test*oneoff=True) : >$ENGINE/one-off ;;
esac`,
  curl: `copy=\${5#*127.0.0.1:}
if grep -q frail "$ENGINE/copies/\${copy%%/*}"; then
  echo >>$ENGINE/looks
  [ $(($(wc -l <$ENGINE/looks) % 5)) -ne 0 ] || { echo >>$ENGINE/restarts; exit 7; }
fi
sed '/bad$/d; s/.*:/{"release":"/; s/$/"}/' "$ENGINE/copies/\${copy%%/*}"`,
  sleep: ':',
  flock: '[ ! -e $ENGINE/locked ] && exec /usr/bin/flock "$@"',
  // the time is over at once where a test says so
  timeout: '[ ! -e $ENGINE/stalled ] || exit 124; shift; exec "$@"',
}

/**
 * A server without a release, to which a release with these assets can be brought. One called bad never becomes ready, one called
 * frail ends again when it has been ready for four looks.
 */
async function givenServer() {
  const [folder, engine] = [await givenFolder(), await givenFolder()]
  for (const name of ['copies', 'images', 'registry']) await mkdir(join(engine, name))
  for (const file of ['restarts', 'ended', 'hanging', 'one-off'])
    await writeFile(join(engine, file), '')
  await writeFile(join(folder, '.env'), 'COMPOSE_PROJECT_NAME=test\n')
  const env = { PATH: await givenPrograms(programs), ENGINE: engine }
  return {
    folder,
    engine,
    /** What the server says, and then how it ended if that was not well. */
    async roll(release: string, former = '-') {
      const args = [app.makePath('deploy/vps/roll'), folder, image, release, former]
      const ended = promisify(execFile)('bash', args, { env })
      return ended.then(
        ({ stdout }) => stdout,
        ({ stdout, code }) => `${stdout}exit ${code}`
      )
    },
    async push(release: string, assets: string[]) {
      await mkdir(join(engine, 'registry', release))
      for (const asset of assets)
        await writeFile(join(engine, 'registry', release, asset), asset, { mode: 0o600 })
    },
    losesItsRegistry: () => rm(join(engine, 'registry'), { recursive: true }),
  }
}

test.group('A roll on a server', (group) => {
  // a server is a Debian: a Mac has no flock, no setsid and another tail
  group.each.skip(process.platform !== 'linux')
  // hundreds of small processes each, of which some machines start a hundred a second
  group.each.timeout(120_000)

  test('migrates once the database is healthy, and does not have it replaced', async ({
    assert,
  }) => {
    const server = await givenServer()
    await server.push('one', [])
    assert.include(await server.roll('one', 'elsewhere'), 'one runs in 2 copies')
    assert.notInclude(await readdir(server.engine), 'replaced')
  })

  test('leaves the former release with its compose files where {what}')
    .with([
      {
        what: 'the migration fails',
        release: 'unmigrated',
        says: /no copy was touched.*\nexit 1$/,
      },
      { what: 'it goes back', release: 'bad', says: /rolled back: one runs in 2 copies\nexit 1$/ },
      {
        what: 'it goes back on a server of before compose/',
        release: 'bad',
        says: /rolled back: one runs in 2 copies\nexit 1$/,
        old: true,
      },
    ])
    .run(async ({ assert }, { release, says, old = false }) => {
      const server = await givenServer()
      for (const name of ['one', release]) await server.push(name, [])
      await server.roll('one')
      await writeFile(join(server.folder, 'compose/one/copies.yml'), '# one\n')
      for (const folder of [server.folder, server.engine])
        await writeFile(join(folder, 'copies.yml'), '# one\n')
      if (old) await rm(join(server.folder, 'compose'), { recursive: true })
      const copies = await readdir(join(server.engine, 'copies'))
      assert.match(await server.roll(release), says)
      for (const folder of [server.folder, server.engine])
        assert.equal(await readFile(join(folder, 'copies.yml'), 'utf8'), '# one\n')
      assert.includeMembers(await readdir(join(server.engine, 'copies')), copies.slice(1))
    })

  test('keeps the images and assets of the last five releases, and no others', async ({
    assert,
  }) => {
    const server = await givenServer()
    const releases = ['one', 'two', 'three', 'four', 'five', 'six']
    for (const release of releases) {
      await server.push(release, [`${release}.css`, 'all.js'])
      assert.include(await server.roll(release), `${release} runs in 2 copies`)
    }
    const kept = releases.slice(1).map((release) => `${release}.css`)
    assert.sameMembers(await readdir(join(server.folder, 'assets')), [...kept, 'all.js'])
    assert.sameMembers(await readdir(join(server.engine, 'images')), releases.slice(1))
  })

  test('keeps those that a release which did not come up had too', async ({ assert }) => {
    const server = await givenServer()
    await server.push('one', ['first.css'])
    await server.push('bad', ['first.css', 'bad.css'])
    await server.push('two', ['second.css'])
    await server.roll('one')
    assert.match(await server.roll('bad'), /rolled back: one runs in 2 copies\nexit 1$/)
    await server.roll('two')
    const assets = await readdir(join(server.folder, 'assets'))
    assert.sameMembers(assets, ['first.css', 'second.css'])
  })

  test('leaves the last copy alone when its successor ends soon after it was ready', async ({
    assert,
  }) => {
    const server = await givenServer()
    for (const release of ['one', 'frail']) await server.push(release, [])
    await server.roll('one')
    const [, last] = await readdir(join(server.engine, 'copies'))
    assert.match(await server.roll('frail'), /rolled back: one runs in 2 copies\nexit 1$/)
    assert.notInclude(await readFile(join(server.engine, 'stopped'), 'utf8'), last)
  })

  test('does not say that it went back where the former release does not come up either', async ({
    assert,
  }) => {
    const server = await givenServer()
    await server.push('bad', [])
    await writeFile(join(server.folder, 'current'), 'as bad')
    await writeFile(join(server.folder, 'copies.yml'), '')
    assert.match(await server.roll('bad'), /as bad DID NOT COME BACK: look at the copies\nexit 1$/)
  })

  test('goes back to copies that have been restarted now and then in their time', async ({
    assert,
  }) => {
    const server = await givenServer()
    for (const release of ['one', 'bad']) await server.push(release, [])
    await server.roll('one')
    await writeFile(join(server.engine, 'restarts'), '\n\n\n')
    assert.match(await server.roll('bad'), /rolled back: one runs in 2 copies\nexit 1$/)
  })

  test('keeps those of a release whose roll was cut off before it could say so', async ({
    assert,
  }) => {
    const server = await givenServer()
    for (const release of ['one', 'two', 'three']) await server.push(release, [`${release}.css`])
    for (const release of ['one', 'two']) await server.roll(release)
    for (const file of ['current', 'history']) await writeFile(join(server.folder, file), 'one\n')
    await server.roll('three', 'two')
    const assets = await readdir(join(server.folder, 'assets'))
    assert.sameMembers(assets, ['one.css', 'two.css', 'three.css'])
  })

  test('forgets a release whose roll was cut off while it migrated', async ({ assert }) => {
    const server = await givenServer()
    await server.push('one', [])
    await mkdir(join(server.engine, 'images', 'cut'))
    await writeFile(join(server.engine, 'one-off'), `${image}:cut\n`)
    await server.roll('one')
    assert.deepEqual(await readdir(join(server.engine, 'images')), ['one'])
  })

  test('replaces a copy that hangs before the one that serves', async ({ assert }) => {
    const server = await givenServer()
    for (const release of ['one', 'two']) await server.push(release, [])
    await server.roll('one')
    const [serves, hangs] = await readdir(join(server.engine, 'copies'))
    await writeFile(join(server.engine, 'hanging'), hangs)
    assert.include(await server.roll('two'), 'two runs in 2 copies')
    const stopped = await readFile(join(server.engine, 'stopped'), 'utf8')
    assert.deepEqual(stopped.trim().split('\n'), [hangs, serves])
  })

  test('fills the place of a copy that has ended before it stops the one that serves', async ({
    assert,
  }) => {
    const server = await givenServer()
    for (const release of ['one', 'two']) await server.push(release, [])
    await server.roll('one')
    const [ended, serves] = await readdir(join(server.engine, 'copies'))
    await writeFile(join(server.engine, 'ended'), ended)
    await server.roll('two')
    assert.equal(await readFile(join(server.engine, 'stopped'), 'utf8'), `${serves}\n`)
  })

  test('goes back to a release whose roll was the first, and cut off before it could say so', async ({
    assert,
  }) => {
    const server = await givenServer()
    for (const release of ['one', 'bad']) await server.push(release, [])
    await server.roll('one')
    for (const file of ['current', 'history']) await rm(join(server.folder, file))
    assert.match(await server.roll('bad', 'one'), /rolled back: one runs in 2 copies\nexit 1$/)
  })

  test('goes back to a release that is still there while the registry is not', async ({
    assert,
  }) => {
    const server = await givenServer()
    for (const release of ['one', 'two', 'three']) await server.push(release, ['all.css'])
    for (const release of ['one', 'two']) await server.roll(release)
    await server.losesItsRegistry()
    assert.include(await server.roll('one'), 'one runs in 2 copies')
    // once more, for it may have other settings by now
    const copies = await readdir(join(server.engine, 'copies'))
    assert.include(await server.roll('one'), 'one runs in 2 copies')
    const stopped = await readFile(join(server.engine, 'stopped'), 'utf8')
    assert.sameMembers(stopped.trim().split('\n').slice(-2), copies)
    // each time for Apache, who is another user, and beside nothing of the time before
    assert.deepEqual(await readdir(join(server.folder, 'assets')), ['all.css'])
    const { mode } = await stat(join(server.folder, 'assets/all.css'))
    assert.equal(mode & 0o444, 0o444)
    assert.match(
      await server.roll('three'),
      /nothing was touched: there is no such image.*\nexit 1$/
    )
  })

  test('does not wait for ever for a registry that stalls', async ({ assert }) => {
    const server = await givenServer()
    await server.push('one', [])
    await writeFile(join(server.engine, 'stalled'), '')
    assert.match(await server.roll('one'), /nothing was touched: .*\nexit 1$/)
  })

  test('does not go on without the lock', async ({ assert }) => {
    const server = await givenServer()
    await server.push('one', [])
    await writeFile(join(server.engine, 'locked'), '')
    assert.match(await server.roll('one'), /waiting for it\nserver: it did not end\nexit 1$/)
  })

  test('has the deployer look again where another release than the one it follows is live', async ({
    assert,
  }) => {
    const server = await givenServer()
    for (const release of ['one', 'two']) await server.push(release, [])
    await server.roll('one')
    assert.match(await server.roll('two', 'other'), /one is live by now\nexit 75$/)
  })

  test('touches nothing where it cannot know which copies are its own: {$self}')
    .with(['APP_KEY=mended-by-hand', 'COMPOSE_PROJECT_NAME="test"', 'COMPOSE_PROJECT_NAME=test\r'])
    .run(async ({ assert }, line) => {
      const server = await givenServer()
      await server.push('one', [])
      await writeFile(join(server.folder, '.env'), `${line}\n`)
      const told = await server.roll('one')
      assert.match(told, /\.env lacks .*COMPOSE_PROJECT_NAME.*; nothing was touched\nexit 1$/)
    })

  test('says so where nothing more can be written', async ({ assert }) => {
    const { folder } = await givenServer()
    // like a full disk, but for the words
    const command = `trap '' XFSZ; ulimit -f 0; exec bash "$@"`
    const args = [app.makePath('deploy/vps/roll'), folder, image, 'one', '-']
    const { status, stderr } = spawnSync('bash', ['-c', command, 'bash', ...args], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    })
    assert.match(stderr, /write error: File too large/)
    assert.equal(status, 1)
  })

  test('has the deployer look again if it waited for another and knew of nothing live', async ({
    assert,
  }) => {
    const server = await givenServer()
    await server.push('one', [])
    const other = spawn('flock', [join(server.folder, 'lock'), 'cat'])
    other.stdin.write('at work')
    await once(other.stdout, 'data')
    const rolled = server.roll('one')
    await until('it to wait', async () => {
      const [log] = await readdir(join(server.folder, 'log'))
      const text = await readFile(join(server.folder, 'log', log), 'utf8')
      return text.includes('waiting')
    })
    other.stdin.end()
    assert.match(await rolled, /another deploy is at work; waiting for it\nexit 75$/)
  })
})
