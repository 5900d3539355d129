import { test } from '@japa/runner'
import { docker, removeStarted, startDebian } from './docker.js'

const domain = 'example.com'

test.group('deploy/vps/bootstrap', (group) => {
  group.teardown(removeStarted)

  test('makes a server of a bare Debian, and keeps what is there', async ({ assert }) => {
    const server = await givenDebian()
    const shell = (script: string) => server.exec('bash', '-euc', script)
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
    const visit = (url: string) =>
      shell(`curl -sk --resolve '*:80:127.0.0.1' --resolve '*:443:127.0.0.1' -w '\n%{http_code} %{redirect_url}' ${url}`) // prettier-ignore
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
    assert.equal(await asDeployer('stat --format %a /srv/oc-lettings/.env'), '600')

    await bootstrap(domain, 'me@example.com', '/key.pub')
    assert.equal(await asDeployer(kept), before)
    assert.match(await visit(`https://${domain}/`), /\n503$/)
  })
})

/** A Debian that one can log in to, with what the README has copied there. */
async function givenDebian() {
  const server = await startDebian()
  await docker('cp', 'deploy/vps', `${server.id}:/`)
  await server.exec('sh', '-c', 'apt-get update -qq && apt-get install -y -qq --no-install-recommends openssh-client >/dev/null && ssh-keygen -q -t ed25519 -N "" -f /key') // prettier-ignore
  return server
}
