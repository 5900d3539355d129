/**
 * `node bench/sentry.ts [seconds [rounds [trouble]]]`, after `make start` has built the site: what Sentry costs a visitor. The same site,
 * without Sentry and with Sentries in every kind of trouble (or the one named), under the same load: pages and misses, and then with
 * a 500 for each fifth request. The runs take turns, and the tables have the median of each site's rounds, as a ratio to the site
 * without Sentry.
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http, { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import SQLite from 'better-sqlite3'
import { ask } from './client.ts'
import { median, percentile } from './numbers.ts'
import { answers, folder, type Running, startSite } from './processes.ts'

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

const answering = (status: number, headers = {}): RequestListener => {
  return (_, response) => response.writeHead(status, headers).end('{}')
}
const sites: Record<string, string> = {
  'off': '',
  'on': await listen(answering(200)),
  'slow (2 s)': await listen((...args) => void sleep(2_000).then(() => answering(200)(...args))),
  'hanging': await listen(() => {}),
  'refusing (503)': await listen(answering(503)),
  'rate-limiting (429)': await listen(answering(429, { 'Retry-After': '60' })),
  'gone': 'http://key@127.0.0.1:1/1',
}

type Site = Running & { samples: Awaited<ReturnType<typeof load>>[] }

/** A site on which profiles are a 500, which reports all that it can. */
async function start(dsn: string): Promise<Site> {
  const data = await mkdtemp(join(folder, 'sentry-'))
  closing.push(() => rm(data, { recursive: true, force: true }))
  const file = join(data, 'site.sqlite3')
  const env = { DB_FILE: file, SENTRY_DSN: dsn, SENTRY_TRACES_SAMPLE_RATE: '0.1' }
  const site = await startSite({ env })
  closing.unshift(() => site.stop())
  await answers(site, '/health/ready', 60)
  const database = new SQLite(file)
  database.exec('alter table users rename column username to name')
  database.close()
  return Object.assign(site, { samples: [] })
}

const agent = new http.Agent({ keepAlive: true, maxSockets: VISITORS })

/** Eight visitors who ask one thing after the other for so many seconds. */
async function load(site: Site, seconds: number, paths: string[]) {
  const until = Date.now() + seconds * 1_000
  const times: number[] = []
  let requests = 0
  const before = site.cpu()
  const visit = async (_: unknown, visitor: number) => {
    for (let turn = visitor; Date.now() < until; turn++) {
      const path = paths[turn % paths.length]
      const asked = performance.now()
      const { status } = await ask(site.url + path, { agent })
      const expected = { '/nowhere': 404, [BROKEN]: 500 }[path] ?? 200
      if (status !== expected) throw new Error(`${path} answered ${status}`)
      requests++
      if (status === 200) times.push(performance.now() - asked)
    }
  }
  await Promise.all(Array.from({ length: VISITORS }, visit))
  return {
    p50: median(times),
    p99: percentile(times, 0.99),
    rate: requests / seconds,
    cpu: ((site.cpu() - before) * 1_000) / requests,
    memory: site.rss(),
  }
}

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
    const told = performance.now()
    await site.stop()
    console.log(`${name}: ended in ${(performance.now() - told).toFixed(0)} ms`)
  }
} finally {
  agent.destroy()
  for (const close of closing) await close()
}
