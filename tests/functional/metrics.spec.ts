import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'
import { withServer } from '#tests/helpers/server'

const read = (path: string) => readFileSync(app.makePath(path), 'utf8')
const token = 'a-token-of-the-tests-own'

test.group('Metrics', (group) => {
  const site = withServer(group, { METRICS_TOKEN: token, HOST: '0.0.0.0' })
  const ask = (headers: Record<string, string> = {}) => fetch(`${site().url}/metrics`, { headers })

  test('count every request by route and status', async ({ assert }) => {
    const started = performance.now()
    // the second is one that is kept
    for (const path of ['/lettings/1', '/lettings/1', '/lettings/2', '/lettings/99', '/nowhere'])
      await site().status(path)
    const seconds = (performance.now() - started) / 1000
    const response = await ask()
    const text = await response.text()
    assert.match(response.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/)
    const count = (route: string, answer: number) =>
      `http_request_duration_seconds_count{route="${route}",status="${answer}"}`
    assert.include(text, `${count('/lettings/:id', 200)} 3\n`)
    assert.include(text, `${count('/lettings/:id', 404)} 1\n`)
    assert.include(text, `${count('none', 404)} 1\n`)
    const sums = [
      ...text.matchAll(/^http_request_duration_seconds_sum\{route="\/lettings.* (.*)$/gm),
    ]
    assert.lengthOf(sums, 2)
    for (const [, sum] of sums) assert.isBelow(Number(sum), seconds)
    assert.include(text, 'http_requests_in_flight 1\n')
    assert.match(text, /database_pool_connections\{state="(used|free)"\} 1\n/)
    assert.include(text, 'database_pool_connections{state="pending"} 0\n')
  })

  test('are there for this machine and for who has the token, for nobody else', async ({
    assert,
  }) => {
    const proxied = { 'x-forwarded-for': '203.0.113.7' }
    for (const [headers, expected] of [
      [{}, 200],
      [proxied, 404],
      [{ via: '1.1 proxy' }, 404],
      [{ forwarded: 'for=203.0.113.7' }, 404],
      [{ 'x-real-ip': '203.0.113.7' }, 404],
      [{ 'x-forwarded-host': 'site.example' }, 404],
      [{ ...proxied, authorization: `Bearer ${token}` }, 200],
      [{ ...proxied, authorization: `Bearer ${token}x` }, 404],
      [{ ...proxied, authorization: 'Bearer ' }, 404],
      [{ ...proxied, authorization: token }, 404],
    ] as [Record<string, string>, number][]) {
      const response = await ask(headers)
      assert.equal(response.status, expected, JSON.stringify(headers))
      assert.equal(response.headers.get('cache-control'), 'no-store')
    }
  })

  const outside = Object.values(networkInterfaces())
    .flat()
    .find((at) => at?.family === 'IPv4' && !at.internal)?.address

  test('are not there for who comes by another address of this machine', async ({ assert }) => {
    const response = await fetch(`http://${outside}:${site().port}/metrics`)
    assert.equal(response.status, 404)
  }).skip(!outside, 'this machine has no other address')

  test('the dashboard and the alerts ask for metrics that there are', async ({ assert }) => {
    const response = await ask()
    const text = await response.text()
    const names = text.match(/^\w+/gm)!
    const { panels } = JSON.parse(read('deploy/monitoring/dashboard.json'))
    const asked: string[] = panels.flatMap(({ targets }: any) =>
      targets.map((one: any) => one.expr)
    )
    const alerts = [...read('deploy/monitoring/alerts.yml').matchAll(/^ +expr: (.*)$/gm)]
    const share = asked.find((expression) => expression.includes('5..'))
    assert.isDefined(
      alerts.find(([, expression]) => expression === `${share} > 0.02`),
      'the dashboard shows the share of errors that an alert looks at'
    )
    asked.push(...alerts.map(([, expression]) => expression))
    const [slow] = alerts.flatMap(([, expression]) => /(?<=^histogram_quantile.* > )[\d.]+$/.exec(expression) ?? []) // prettier-ignore
    const buckets = [...text.matchAll(/http_request_duration_seconds_bucket\{le="([\d.]+)"/g)]
    assert.isAbove(Math.max(...buckets.map(([, le]) => Number(le))), Number(slow))
    assert.isAbove(asked.length, 12)
    for (const expression of asked) {
      // what is left without strings, labels, durations, numbers and words of the language is metrics
      const bare = expression
        .replace(/\{[^}]*\}|\[\w+\]|\b(by|without) \([^)]*\)|\b\d[\w.]*/g, ' ')
        .replace(/\b(sum|rate|histogram_quantile|min_over_time|absent|or|up)\b/g, ' ')
      for (const name of bare.match(/[a-z_]\w*/g) ?? []) {
        assert.include(names, name, expression)
        // Prometheus itself has the memory of a process too
        assert.include(expression, `${name}{job="oc-lettings"`)
      }
    }
  })

  test('docs/operations.md says what to do about every alert', ({ assert }) => {
    const alerts = [...read('deploy/monitoring/alerts.yml').matchAll(/- alert: (\w+)/g)]
    assert.isNotEmpty(alerts)
    for (const [, name] of alerts) assert.include(read('docs/operations.md'), `| \`${name}\``)
  })
})
