import { test } from '@japa/runner'
import fc from 'fast-check'
import * as rules from '../../start/env_rules.js'

const fails = (read: () => unknown) => {
  try {
    read()
  } catch (error) {
    return (error as Error).message
  }
}

const optional = [
  rules.dsn,
  rules.file,
  rules.integer(0, 9),
  rules.mysqlUrl,
  rules.mysqlUrls,
  rules.optionalSecret(16),
  rules.origin,
  rules.proxies,
  rules.redisUrl,
  rules.share,
]

test.group('Environment rules', () => {
  test('an unset and an empty variable are the same for each optional rule', ({ assert }) => {
    for (const rule of optional) {
      assert.isUndefined(rule('X', undefined))
      assert.isUndefined(rule('X', ''))
    }
  })

  test('whatever a rule refuses, its message names the variable', () => {
    const all = [...optional, rules.secret(16)]
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.string(), (rule, value) => {
        return fails(() => rule('SOME_NAME', value))?.includes('SOME_NAME') ?? true
      })
    )
  })

  test('integers are plain digits within their bounds', ({ assert }) => {
    const rule = rules.integer(1, 65_535)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 65_535 }),
        (number) => rule('PORT', String(number)) === number
      )
    )
    for (const value of ['0', '65536', '-1', '1.5', '1e3', '0x10', ' 80', 'http', '9'.repeat(30)]) {
      assert.match(
        fails(() => rule('PORT', value))!,
        /^PORT must be an integer from 1 to 65535/
      )
    }
  })

  test('a share is a number from 0 to 1', ({ assert }) => {
    for (const value of ['0', '0.25', '1']) assert.equal(rules.share('X', value), Number(value))
    for (const value of ['-0.1', '1.1', 'all', '10%']) {
      assert.match(
        fails(() => rules.share('X', value))!,
        /^X must be a number from 0 to 1/
      )
    }
  })

  test('an origin has nothing behind its host and port', ({ assert }) => {
    assert.equal(rules.origin('APP_URL', 'https://Example.com/'), 'https://example.com')
    assert.equal(rules.origin('APP_URL', 'http://127.0.0.1:8000'), 'http://127.0.0.1:8000')
    for (const value of [
      'example.com',
      'ftp://example.com',
      'https://example.com/path',
      'https://a:b@example.com',
      'https://a?b',
    ]) {
      assert.match(
        fails(() => rules.origin('APP_URL', value))!,
        /^APP_URL must be like/
      )
    }
  })

  test('any user, password and database come through a MySQL URL', ({ assert }) => {
    const text = fc.string({ minLength: 1 })
    fc.assert(
      fc.property(text, text, text, (user, password, name) => {
        const database = `of ${name}`
        const [u, p, d] = [user, password, database].map(encodeURIComponent)
        assert.deepEqual(rules.mysqlUrl('DB_URL', `mysql://${u}:${p}@db:3307/${d}`), {
          host: 'db',
          port: 3307,
          user,
          password,
          database,
        })
      })
    )
    const { host, port } = rules.mysqlUrl('DB_URL', 'mariadb://web@[::1]/lettings')!
    assert.deepEqual([host, port], ['::1', 3306])
  })

  test('a Redis URL is taken as it is, a wrong one refused without showing its password', ({
    assert,
  }) => {
    for (const url of ['redis://cache', 'rediss://:pass@cache:6380/1', 'redis://u:p@[::1]:6379/']) {
      assert.equal(rules.redisUrl('REDIS_URL', url), url)
    }
    for (const url of [
      'cache:6379',
      'http://:pass@cache',
      'redis://:pass@',
      'redis:///1',
      'redis-sentinel://:pass@c',
      'x-redis://:pass@c',
      'redis://:pass@c/x',
      'redis://:pas%@c',
    ]) {
      const message = fails(() => rules.redisUrl('REDIS_URL', url))
      const help = 'redis://user:password@host:6379/0, its special characters %-encoded'
      assert.equal(message, `REDIS_URL must be like ${help}`)
    }
  })

  test('a DSN is one that Sentry takes, a wrong one refused without being shown', ({ assert }) => {
    for (const dsn of [
      'https://key@o1.ingest.my-sentry.io/2',
      'http://key:secret@[::1]:9000/path/2',
    ]) {
      assert.equal(rules.dsn('SENTRY_DSN', dsn), dsn)
    }
    for (const dsn of [
      'key',
      'ahttp://key@host/1',
      'https://key@host/1x',
      'https://host/1',
      'https://key@host',
      'https://a-key@host/1',
      'https://key@host/x1',
      'https://key@host:70000/1',
    ]) {
      const message = fails(() => rules.dsn('SENTRY_DSN', dsn))
      assert.equal(message, 'SENTRY_DSN must be like https://key@host/project')
    }
  })

  test('MySQL URLs stand in one variable, commas or spaces between them', ({ assert }) => {
    const urls = rules.mysqlUrls('X', 'mysql://u:p@one/db, mysql://u:p@two:3307/db')!
    assert.deepEqual(
      urls.map(({ host, port }) => `${host}:${port}`),
      ['one:3306', 'two:3307']
    )
    assert.match(
      fails(() => rules.mysqlUrls('X', 'mysql://u:p@one/db,two'))!,
      /^X must be like/
    )
    assert.isEmpty(rules.mysqlUrls('X', ' , '))
  })

  test('a wrong MySQL URL is refused without showing its password')
    .with(
      [
        'mysql://u:hunter2@db',
        'mysqlx://u:hunter2@db/x',
        'amysql://u:hunter2@db/x',
        'mysql:///hunter2',
        'mysql://u:%hunter2@db/x',
        'hunter2',
      ].map((url) => ({ url }))
    )
    .run(({ assert }, { url }) => {
      const message = fails(() => rules.mysqlUrl('DB_URL', url))!
      assert.match(message, /^DB_URL must be like/)
      assert.notInclude(message, 'hunter2')
    })

  test('a secret is required, long enough, and printed by nothing', ({ assert }) => {
    const rule = rules.secret(16)
    assert.match(
      fails(() => rule('APP_KEY', ''))!,
      /^APP_KEY is missing/
    )
    assert.match(
      fails(() => rule('APP_KEY', 'a-secret-of-15-'))!,
      /^APP_KEY must have at least 16 characters$/
    )
    const secret = rule('APP_KEY', 'a-secret-of-16-x')
    assert.equal(secret.release(), 'a-secret-of-16-x')
    assert.notInclude(`${secret} ${JSON.stringify({ secret })}`, 'a-secret')
  })

  test('proxies are trusted by address, range and name', ({ assert }) => {
    const trusts = rules.proxies('TRUST_PROXY', 'loopback, 10.0.0.0/8,2001:db8::1')!
    for (const address of ['127.0.0.1', '10.1.2.3', '2001:db8::1'])
      assert.isTrue(trusts(address, 0))
    for (const address of ['8.8.8.8', '11.0.0.1']) assert.isFalse(trusts(address, 0))
    for (const value of ['somewhere', '1', 'loopback, 1']) {
      const message = fails(() => rules.proxies('TRUST_PROXY', value))!
      assert.match(message, /^TRUST_PROXY must list/)
    }
  })

  test('a file is read, and one that cannot be is named', ({ assert }) => {
    assert.include(rules.file('DB_TLS_CA', import.meta.filename)!, 'DB_TLS_CA')
    assert.match(
      fails(() => rules.file('DB_TLS_CA', '/no/such/file'))!,
      /^DB_TLS_CA names a file .*\/no\/such\/file/
    )
  })
})
