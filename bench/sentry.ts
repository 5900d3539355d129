/**
 * `node bench/sentry.ts [seconds [rounds [trouble]]]`, after `make start` has built the site: what Sentry costs a visitor. The same site,
 * without Sentry and with Sentries in every kind of trouble (or the one named), under the same load: pages and misses, and then with
 * a 500 for each fifth request. The runs take turns, and the tables have the median of each site's rounds, as a ratio to the site
 * without Sentry.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import http, { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import SQLite from 'better-sqlite3'

const SECONDS = Number(process.argv[2] ?? 5)
const ROUNDS = Number(process.argv[3] ?? 3)
const VISITORS = 8
const PATHS = ['/lettings', '/lettings/1', '/lettings/2', '/nowhere']
const BROKEN = '/profiles/AirWow'

const closing: (() => unknown)[] = []

/** Answers every envelope with `status` after `ms`, or never. */
async function listen(answer: RequestListener) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close() && server.closeAllConnections())
  return `http://key@127.0.0.1:${(server.address() as AddressInfo).port}/1`
}

const answers = (status: number, headers = {}): RequestListener => {
  return (_, response) => response.writeHead(status, headers).end('{}')
}
const sites: Record<string, string> = {
  'off': '',
  'on': await listen(answers(200)),
  'slow (2 s)': await listen((...args) => void sleep(2_000).then(() => answers(200)(...args))),
  'hanging': await listen(() => {}),
  'refusing (503)': await listen(answers(503)),
  'rate-limiting (429)': await listen(answers(429, { 'Retry-After': '60' })),
  'gone': 'http://key@127.0.0.1:1/1',
}

interface Site {
  port: number
  pid: number
  samples: Awaited<ReturnType<typeof load>>[]
  end(): Promise<number>
}

/** A site on which profiles are a 500, which reports all that it can. */
async function start(dsn: string): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-sentry-'))
  const file = join(folder, 'site.sqlite3')
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  const child = spawn(process.execPath, ['--enable-source-maps', 'build/bin/server.js'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      ENV_PATH: folder,
      APP_KEY: 'only-for-the-measurement',
      DB_FILE: file,
      PORT: String(port),
      SENTRY_DSN: dsn,
      SENTRY_TRACES_SAMPLE_RATE: '0.1',
    },
  })
  closing.push(
    () => child.kill('SIGKILL'),
    () => rm(folder, { recursive: true, force: true })
  )
  const deadline = Date.now() + 60_000
  while (
    !(await ask(port, '/health/ready').then(
      ({ status }) => status === 200,
      () => false
    ))
  ) {
    if (Date.now() > deadline) throw new Error('the site did not become ready in 60 s')
    await sleep(100)
  }
  const database = new SQLite(file)
  database.exec('alter table users rename column username to name')
  database.close()
  return {
    port,
    pid: child.pid!,
    samples: [],
    async end() {
      const told = performance.now()
      child.kill('SIGTERM')
      await once(child, 'exit')
      return performance.now() - told
    },
  }
}

const agent = new http.Agent({ keepAlive: true, maxSockets: VISITORS })

function ask(port: number, path: string) {
  return new Promise<{ status: number; ms: number }>((resolve, reject) => {
    const began = performance.now()
    http
      .get({ host: '127.0.0.1', port, path, agent }, (response) => {
        response
          .resume()
          .on('end', () => resolve({ status: response.statusCode!, ms: performance.now() - began }))
      })
      .on('error', reject)
  })
}

/** Eight visitors who ask one thing after the other for so many seconds. */
async function load(site: Site, seconds: number, paths: string[]) {
  const until = Date.now() + seconds * 1_000
  const times: number[] = []
  let requests = 0
  const before = cpuOf(site)
  const visit = async (_: unknown, visitor: number) => {
    for (let turn = visitor; Date.now() < until; turn++) {
      const path = paths[turn % paths.length]
      const { status, ms } = await ask(site.port, path)
      const expected = { '/nowhere': 404, [BROKEN]: 500 }[path] ?? 200
      if (status !== expected) throw new Error(`${path} answered ${status}`)
      requests++
      if (status === 200) times.push(ms)
    }
  }
  await Promise.all(Array.from({ length: VISITORS }, visit))
  times.sort((one, other) => one - other)
  const at = (share: number) => times[Math.floor(times.length * share)]
  return {
    p50: at(0.5),
    p99: at(0.99),
    rate: requests / seconds,
    cpu: (cpuOf(site) - before) / requests,
    memory: memoryOf(site),
  }
}

/** Megabytes that a process has resident. */
const memoryOf = ({ pid }: Site) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024

/** Milliseconds of CPU that a process has had: steadier than time where a machine has more to do. */
const cpuOf = ({ pid }: Site) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const median = (numbers: number[]) =>
  numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)]

function report(title: string, running: [string, Site][]) {
  const of = ({ samples }: Site, what: keyof Site['samples'][number]) =>
    median(samples.map((sample) => sample[what]))
  const [, off] = running[0]
  console.log(`\n${title}`)
  console.log(
    '| Sentry | p50 of pages | p99 of pages | requests/s | CPU a request | MB, first and last round |'
  )
  console.log('| --- | --- | --- | --- | --- | --- |')
  for (const [name, site] of running) {
    const ratios = (['p50', 'p99', 'rate', 'cpu'] as const).map((what) =>
      (of(site, what) / of(off, what)).toFixed(2)
    )
    const memory = [site.samples[0], site.samples.at(-1)!].map((it) => it.memory.toFixed(0))
    console.log(`| ${[name, ...ratios, memory.join(', ')].join(' | ')} |`)
  }
  const absolute = [
    of(off, 'p50').toFixed(2),
    of(off, 'p99').toFixed(1),
    of(off, 'rate').toFixed(0),
  ]
  console.log(
    `off: p50 ${absolute[0]} ms, p99 ${absolute[1]} ms, ${absolute[2]} requests/s, ${of(off, 'cpu').toFixed(2)} ms of CPU a request`
  )
}

try {
  const [, , , , trouble] = process.argv
  const running: [string, Site][] = []
  for (const [name, dsn] of Object.entries(sites)) {
    if (!trouble || name === 'off' || name.startsWith(trouble))
      running.push([name, await start(dsn)])
  }
  for (const [title, paths] of [
    ['without errors', PATHS],
    ['one request in five an error', [...PATHS, BROKEN]],
  ] as const) {
    for (const [, site] of running) {
      await load(site, 2, [...paths]) // warm
      site.samples = []
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const [, site] of running) site.samples.push(await load(site, SECONDS, [...paths]))
    }
    report(title, running)
  }
  for (const [name, site] of running) {
    const ms = await site.end()
    console.log(`${name}: ended in ${ms.toFixed(0)} ms`)
  }
} finally {
  agent.destroy()
  for (const close of closing) await close()
}
