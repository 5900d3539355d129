import { test } from '@japa/runner'
import { docker, removeStarted, startDebian, until } from './docker.js'

const domain = 'example.com'

test.group('deploy/vps/bootstrap', (group) => {
  let server: Awaited<ReturnType<typeof givenDebian>>
  const shell = (script: string) => server.exec('bash', '-euc', script)
  const visit = (url: string, flags = '') =>
    shell(`curl -sk --resolve '*:80:127.0.0.1' --resolve '*:443:127.0.0.1' -w '\n%{http_code} %{redirect_url}' ${flags} ${url}`) // prettier-ignore

  group.setup(async () => void (server = await givenDebian()))
  group.teardown(removeStarted)

  test('makes a server of a bare Debian, and keeps what is there', async ({ assert }) => {
    const bootstrap = (...args: string[]) =>
      server.exec('env', 'CERTIFICATE=none', '/vps/bootstrap', ...args)
    await assert.rejects(() => bootstrap('example', 'me@example.com', '/key.pub'), /DOMAIN must be/)
    await assert.rejects(() => bootstrap(domain, 'example.com', '/key.pub'), /EMAIL must be/)
    await assert.rejects(
      () => bootstrap(domain, 'me@example.com', '/key'),
      /must hold a public key/
    )
    await assert.rejects(() => shell('ls /srv/oc-lettings'))

    // as a run that was cut off leaves it
    await shell('install -D /dev/null /srv/oc-lettings/.env')
    const said = await bootstrap(domain, 'me@example.com', '/key.pub')
    assert.match(said, /VPS_KNOWN_HOST: example\.com ssh-ed25519 \S{68}$/)
    assert.match(await visit(`https://${domain}/lettings`), /OC Lettings[^]*\n503$/)
    assert.match(
      await visit(`http://${domain}/lettings`),
      /\n301 https:\/\/example\.com\/lettings$/
    )

    assert.isTrue(JSON.parse(await shell('cat /etc/docker/daemon.json'))['live-restore'])

    await shell('service ssh start')
    const asDeployer = (command: string) =>
      shell(`ssh -i /key -o StrictHostKeyChecking=no oc-lettings@localhost '${command}'`)
    assert.include(await asDeployer('id --name --groups'), 'docker')
    const kept = 'cat /srv/oc-lettings/.env ~/.ssh/authorized_keys'
    const before = await asDeployer(kept)
    assert.match(before, /^APP_KEY=[0-9a-f]{48}\nAPP_URL=https:\/\/example\.com\n/)
    assert.match(before, /^restrict ssh-ed25519 /m)
    // Apache knows of no other ports, and has looked away from who drains after twice its hcinterval
    assert.match(before, /^PORT=8001-8002$/m)
    assert.isAbove(Number(/^DRAIN_MS=(\d+)$/m.exec(before)![1]), 2_000)
    assert.equal(await asDeployer('stat --format %a /srv/oc-lettings/.env'), '600')
    await asDeployer('touch /srv/oc-lettings/lock /srv/oc-lettings/assets/app.css')

    await bootstrap(domain, 'me@example.com', '/key.pub')
    assert.equal(await asDeployer(kept), before)
    assert.match(await visit(`https://${domain}/`), /\n503$/)
  })

  test('lets nothing through to a copy that visitors say of themselves', async ({ assert }) => {
    // a copy that answers with what has reached it
    const copy = `require('http').createServer(({ headers }, answer) => answer.end(JSON.stringify(headers))).listen(8001)`
    await docker('exec', '--detach', server.id, 'node', '-e', copy)
    await until('a copy', () => visit(`https://${domain}/`).then((it) => it.endsWith('\n200')))
    const forged = ['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Server', 'X-Forwarded-Proto', 'Forwarded', 'X-Request-Id', 'Proxy'] // prettier-ignore
    const flags = forged.map((name) => `-H '${name}: forged'`).join(' ')
    const answer = await visit(`https://${domain}/`, flags)
    assert.notInclude(answer, 'forged')
    const [reached] = answer.split('\n')
    const told = { 'host': domain, 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' }
    assert.containsSubset(JSON.parse(reached), told)
  })

  test('has Apache serve the assets by itself, and what certbot is asked for', async ({
    assert,
  }) => {
    await shell('cd /srv/oc-lettings/assets && echo "a{}" >app.css && touch .app.css')
    const assets = `https://${domain}/assets`
    const headers = await visit(`${assets}/app.css`, "-o /dev/null -D - -H 'Accept-Encoding: br'")
    for (const header of [
      'cache-control: public, max-age=31536000, immutable',
      'content-encoding: br',
      'cross-origin-resource-policy: same-origin',
      'x-content-type-options: nosniff',
    ])
      assert.include(headers, header)
    // it would tell one server's file from another's
    assert.notInclude(headers, 'etag')
    assert.match(await visit(`${assets}/.app.css`), /\n403$/)

    const challenge = '.well-known/acme-challenge/token'
    await shell(
      `echo right | install -D -m 644 /dev/stdin /srv/oc-lettings/challenges/${challenge}`
    )
    assert.equal(await visit(`http://${domain}/${challenge}`), 'right\n\n200')
    assert.match(await visit('http://127.0.0.1/x'), /\n301 https:\/\/example\.com\/x$/)
  })
})

/** A Debian that one can log in to, with what the README has copied there. */
async function givenDebian() {
  const server = await startDebian()
  await docker('cp', 'deploy/vps', `${server.id}:/`)
  await server.exec('sh', '-c', 'apt-get update -qq && apt-get install -y -qq --no-install-recommends openssh-client >/dev/null && ssh-keygen -q -t ed25519 -N "" -f /key') // prettier-ignore
  return server
}
