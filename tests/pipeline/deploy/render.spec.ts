import { test } from '@japa/runner'
import { Failure } from '../../../deploy/output.ts'
import { hookFor, judge, platform, render } from '../../../deploy/render.ts'
import { look, read } from '../../../deploy/site.ts'
import { deployFrom, givenCheckout } from '#tests/helpers/checkout'
import { givenHttpServer } from '#tests/helpers/server'

const RELEASE = 'a'.repeat(40)

test.group('Render', () => {
  test('the hook is given exactly one image, {image} as {sent}')
    .with([
      { image: 'docker.io/owner/site', sent: 'docker.io/owner/site' },
      { image: 'owner/site', sent: 'docker.io/owner/site' },
      { image: 'ghcr.io/owner/site', sent: 'ghcr.io/owner/site' },
      { image: '127.0.0.1:5000/site', sent: '127.0.0.1:5000/site' },
    ])
    .run(({ assert }, { image, sent }) => {
      const url = new URL(
        hookFor({ hook: 'https://api.render.com/deploy/srv-a?key=k', image }, RELEASE)
      )
      assert.deepEqual(Object.fromEntries(url.searchParams), {
        key: 'k',
        imgURL: `${sent}:${RELEASE}`,
      })
    })

  test('HTTP {status} of the hook is {verdict}')
    .with([
      { status: 200, verdict: 'taken' },
      { status: 202, verdict: 'taken' },
      { status: 302, verdict: 'refused' },
      { status: 404, verdict: 'refused' },
      { status: 429, verdict: 'again' },
      { status: 503, verdict: 'again' },
    ])
    .run(({ assert }, { status, verdict }) => assert.equal(judge(status), verdict))

  test('the status {status} means {meaning}')
    .with([
      { status: 'created', meaning: 'under way' },
      { status: 'update_in_progress', meaning: 'under way' },
      { status: 'live', meaning: 'live' },
      { status: 'deactivated', meaning: 'replaced' },
      { status: 'canceled', meaning: 'replaced' },
      { status: 'build_failed', meaning: 'failed' },
      { status: 'pre_deploy_failed', meaning: 'failed' },
      { status: 'update_failed', meaning: 'failed' },
    ])
    .run(({ assert }, { status, meaning }) => assert.equal(platform(status), meaning))

  test('the hook is tried again after a 503 and a broken connection', async ({ assert }) => {
    const answers = [503, 'broken', 200]
    const url = await givenHttpServer((request, response) => {
      const answer = answers.shift()
      if (answer === 'broken') request.socket.destroy()
      else response.writeHead(Number(answer)).end('{"deploy":{"id":"dep-1"}}')
    })
    await render({ hook: `${url}/deploy/srv-a?key=k`, image: 'owner/site', pauses: [1, 1] }).ask(
      RELEASE
    )
    assert.isEmpty(answers)
  })

  test('the hook is not tried for ever', async ({ assert }) => {
    let calls = 0
    const url = await givenHttpServer((_, response) => {
      // what it would be asked once too often for
      response.writeHead(++calls > 3 ? 200 : 503).end()
    })
    const hook = `${url}/deploy/srv-a?key=k`
    const asked = () => render({ hook, image: 'owner/site', pauses: [1, 1] }).ask(RELEASE)
    await assert.rejects(asked, /no good answer in 3 tries, HTTP 503 the last/)
  })

  test('a hook that leads elsewhere is not followed', async ({ assert }) => {
    const url = await givenHttpServer((request, response) => {
      const moved = request.url !== '/elsewhere'
      response.writeHead(moved ? 302 : 200, { Location: '/elsewhere' }).end()
    })
    const target = render({ hook: `${url}/deploy/srv-a?key=k`, image: 'owner/site' })
    await assert.rejects(() => target.ask(RELEASE), /HTTP 302/)
  })

  test('a refusal ends at once, says what to check and hides the key', async ({ assert }) => {
    let calls = 0
    const url = await givenHttpServer((request, response) => {
      calls++
      response.writeHead(404).end(request.url)
    })
    const target = render({ hook: `${url}/deploy/srv-a?key=s3cret`, image: 'owner/site' })
    const error = await target.ask(RELEASE).then(
      () => assert.fail('it was taken'),
      (reason) => reason
    )
    assert.instanceOf(error, Failure)
    assert.match(error.message, /HTTP 404\. Is RENDER_DEPLOY_HOOK_URL/)
    assert.notInclude(error.message, 's3cret')
    assert.equal(calls, 1)
  })

  test('the deploy is followed where there is a key, and a REST interface that fails or says nothing of it counts as not knowing', async ({
    assert,
  }) => {
    const answers: [number, object][] = [
      [200, { id: 'dep-1', status: 'update_in_progress' }],
      [200, { id: 'dep-1', status: 'deactivated' }],
      [500, {}],
      [200, {}],
    ]
    const asked: unknown[] = []
    const url = await givenHttpServer((request, response) => {
      if (request.method === 'POST') return response.end('{"deploy":{"id":"dep-1"}}')
      asked.push([request.url, request.headers.authorization])
      const [status, body] = answers.shift()!
      response.writeHead(status).end(JSON.stringify(body))
    })
    const api = { url: `${url}/v1`, key: 'rnd_key' }
    const follow = await render({
      hook: `${url}/deploy/srv-a?key=k`,
      image: 'owner/site',
      api,
    }).ask(RELEASE)
    assert.equal(await follow!(), 'under way')
    assert.equal(await follow!(), 'replaced')
    assert.isUndefined(await follow!())
    assert.isUndefined(await follow!())
    assert.deepEqual(asked[0], ['/v1/services/srv-a/deploys/dep-1', 'Bearer rnd_key'])
  }).timeout(10_000)

  test('a REST interface that refuses with HTTP {$self} is told of once in a deploy')
    .with([401, 404])
    .run(async ({ assert }, status) => {
      const url = await givenHttpServer((request, response) => {
        response.writeHead(request.method === 'POST' ? 200 : status).end('{"id":"dep-1"}')
      })
      const { folder, newer } = await givenCheckout()
      const { ended } = await deployFrom(folder, 'deploy', ['unused', ''], {
        RELEASE: newer,
        SITE_URL: 'http://127.0.0.1:1',
        RENDER_DEPLOY_HOOK_URL: `${url}/deploy/srv-a?key=s3cret`,
        RENDER_API_KEY: 'rnd_5ecret_api_key',
        RENDER_API_URL: `${url}/v1`,
      })
      const output = await ended
      assert.lengthOf(output.match(/RENDER_API_KEY/g) ?? [], 1, output)
    })
    .timeout(10_000)
})

test.group('Site', () => {
  test('HTTP {status} with {body} is {kind}')
    .with([
      { status: 200, body: '{"status":"ready","release":"r"}', kind: 'ready' },
      {
        status: 503,
        body: '{"status":"unavailable","release":"r","failing":["database"]}',
        kind: 'unavailable',
      },
      { status: 503, body: '{"status":"ready","release":"r"}', kind: 'unavailable' },
      { status: 200, body: '{"status":"alive","release":"r"}', kind: 'unavailable' },
      { status: 200, body: '<h1>Waking up</h1>', kind: 'silent' },
      { status: 502, body: '', kind: 'silent' },
      { status: 200, body: 'null', kind: 'silent' },
      { status: 200, body: `{"status":"ready","release":"${RELEASE}-dirty"}`, kind: 'ready' },
      { status: 200, body: '{"status":"ready","release":""}', kind: 'silent' },
      { status: 200, body: '{"status":"ready","release":"-"}', kind: 'silent' },
      { status: 200, body: '{"status":"ready","release":"r; reboot"}', kind: 'silent' },
      { status: 200, body: '{"status":"ready","release":"r\\nreboot"}', kind: 'silent' },
      { status: 503, body: '{"status":"unavailable","release":"$(reboot)"}', kind: 'silent' },
      { status: 200, body: `{"status":"ready","release":"${'r'.repeat(65)}"}`, kind: 'silent' },
    ])
    .run(({ assert }, { status, body, kind }) => assert.equal(read(status, body).kind, kind))

  test('each look is a connection of its own', async ({ assert }) => {
    const ports = new Set()
    const url = await givenHttpServer((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('{"status":"ready","release":"r"}')
    })
    for (let i = 0; i < 3; i++) assert.deepEqual(await look(url), { kind: 'ready', release: 'r' })
    assert.equal(ports.size, 3)
  })

  test('a site that is not there is silent', async ({ assert }) => {
    assert.deepEqual(await look('http://127.0.0.1:1'), { kind: 'silent', why: 'ECONNREFUSED' })
  })

  test('an answer that breaks off is no health answer', async ({ assert }) => {
    const url = await givenHttpServer((request, response) => {
      response.writeHead(200, { 'Content-Length': 100 }).write('{"status":"ready"')
      setImmediate(() => request.socket.destroy())
    })
    const sight = await look(url)
    assert.equal(sight.kind, 'silent')
  })

  test('an endless answer is cut', async ({ assert }) => {
    const url = await givenHttpServer((_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(1_000)), 1)
      response.on('close', () => clearInterval(timer))
    })
    const sight = await look(url)
    assert.equal(sight.kind, 'silent')
  })
})
