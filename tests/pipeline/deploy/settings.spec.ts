import { test } from '@japa/runner'
import { masked, type Failure } from '../../../deploy/output.ts'
import { problems, settings } from '../../../deploy/settings.ts'

const valid = {
  RELEASE: 'a'.repeat(40),
  IMAGE: 'docker.io/owner/oc-lettings-site',
  SITE_URL: 'https://example.com',
  RENDER_DEPLOY_HOOK_URL: 'https://api.render.com/deploy/srv-abc123?key=5ecret-key',
  RENDER_API_KEY: 'rnd_5ecret_api_key',
  VPS_SSH_KEY:
    '-----BEGIN OPENSSH PRIVATE KEY-----\nbase64base64base64base64\n-----END OPENSSH PRIVATE KEY-----\n',
  SENTRY_AUTH_TOKEN: 'sntrys_5ecret_token',
  SENTRY_ORG: 'oc',
  SENTRY_PROJECT: 'lettings',
  SENTRY_URL: 'https://de.sentry.io',
  SENTRY_ENVIRONMENT: 'vps',
  VPS_KNOWN_HOST: '[example.com]:2222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB',
  VPS_HOST: '2001:db8::1',
  VPS_PORT: '2222',
  VPS_USER: 'oc-lettings',
  VPS_FOLDER: '/srv/oc-lettings',
  SWARM_STACK: 'oc-lettings',
  DEPLOY_TIMEOUT: '900',
  DEPLOY_INTERVAL: '0.5',
}
type Name = keyof typeof valid
const names = Object.keys(valid) as Name[]

test.group('Settings', () => {
  test('find nothing wrong with what is right', ({ assert }) => {
    assert.deepEqual(problems(valid, names), [])
  })

  test('name every variable that is missing, empty ones too, in one go', ({ assert }) => {
    const lines = problems({ ...valid, RELEASE: '', IMAGE: undefined }, names)
    assert.lengthOf(lines, 2)
    assert.match(lines[0], /^RELEASE is missing: the full sha/)
    assert.match(lines[1], /^IMAGE is missing/)
  })

  test('name the variable that the image is made of, where nobody has set it', ({ assert }) => {
    // what the Makefile then takes
    const [line] = problems({ ...valid, IMAGE: 'oc-lettings-site' }, names)
    assert.match(line, /^IMAGE is malformed: .*DOCKERHUB_USERNAME/)
  })

  test('do not miss what is optional', ({ assert }) => {
    assert.deepEqual(problems({}, [], names), [])
  })

  test('need to know the project if Sentry is to be told', ({ assert }) => {
    const lines = problems({ SENTRY_AUTH_TOKEN: valid.SENTRY_AUTH_TOKEN }, [], names)
    assert.lengthOf(lines, 2)
    assert.match(lines.join(), /SENTRY_ORG is missing: .*SENTRY_PROJECT is missing: /)
  })

  test('name {name} when it is {value}, without showing it')
    .with([
      { name: 'RELEASE', value: 'master' },
      { name: 'RELEASE', value: 'abcdef0' },
      { name: 'RELEASE', value: `${'a'.repeat(40)}-dirty` },
      { name: 'IMAGE', value: 'docker.io/owner/site:latest' },
      { name: 'SITE_URL', value: 'www.example.org' },
      { name: 'IMAGE', value: '$(reboot)/owner/site' },
      { name: 'SITE_URL', value: 'https://example.com/' },
      { name: 'SITE_URL', value: 'https://user:password@example.com' },
      { name: 'RENDER_DEPLOY_HOOK_URL', value: 'https://api.render.com/deploy/srv-abc123' },
      {
        name: 'RENDER_DEPLOY_HOOK_URL',
        value: 'http://api.render.com/deploy/srv-abc123?key=5ecret-key',
      },
      {
        name: 'RENDER_DEPLOY_HOOK_URL',
        value: 'https://api.render.com/deploy/srv-abc123?key=5ecret-key ',
      },
      { name: 'VPS_SSH_KEY', value: 'base64base64base64base64' },
      { name: 'VPS_KNOWN_HOST', value: 'example.com' },
      { name: 'VPS_HOST', value: '-example.com' },
      { name: 'VPS_PORT', value: '22a' },
      { name: 'VPS_USER', value: '-oProxyCommand=reboot' },
      { name: 'VPS_USER', value: 'oc-lettings@example.org' },
      { name: 'VPS_FOLDER', value: '/srv; reboot' },
      { name: 'SWARM_STACK', value: '--prune' },
      { name: 'DEPLOY_TIMEOUT', value: '0' },
      { name: 'DEPLOY_TIMEOUT', value: '15m' },
      { name: 'DEPLOY_INTERVAL', value: '1s' },
      { name: 'SENTRY_AUTH_TOKEN', value: 'two words' },
      { name: 'SENTRY_ORG', value: 'My Organization' },
      { name: 'SENTRY_PROJECT', value: '../../other' },
      { name: 'SENTRY_URL', value: 'http://sentry.example' },
      { name: 'SENTRY_URL', value: 'https://sentry.example/' },
    ] as { name: Name; value: string }[])
    .run(({ assert }, { name, value }) => {
      const [line, ...others] = problems({ ...valid, [name]: value }, names)
      assert.match(line, new RegExp(`^${name} is malformed: it must be `))
      assert.notInclude(line, value)
      assert.isEmpty(others)
    })

  test('end the command with exit code 2', ({ assert }) => {
    const call = () => settings({}, ['RELEASE'])
    assert.throws(call, /RELEASE is missing/)
    try {
      call()
    } catch (error) {
      assert.equal((error as Failure).exitCode, 2)
    }
  })

  test('keep secrets out of everything that is printed', ({ assert }) => {
    settings(valid, names)
    const printed = masked(
      `${valid.RENDER_DEPLOY_HOOK_URL}&imgURL=x 5ecret-key ${valid.RENDER_API_KEY}\n${valid.VPS_SSH_KEY} base64base64base64base64 ${valid.SENTRY_AUTH_TOKEN}`.repeat(
        2
      )
    )
    assert.notMatch(printed, /5ecret|base64/)
    assert.include(printed, '***')
  })
})
