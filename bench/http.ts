import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { demoProfile } from '../database/demo.ts'
import { must } from '../deploy/rehearsal/shell.ts'
import { ask, browser } from './client.ts'
import { dataSet } from './data.ts'
import { answers, folder, startBare, startSite, type Running } from './processes.ts'
import { searches } from './queries.ts'
import type { Add, Bench, Result } from './main.ts'
import { median } from './numbers.ts'

/** Lettings that the site has while its throughput is measured. */
const SIZE = 1_000
/** Connections that are kept open; each waits for its answer before it asks again. */
const CONNECTIONS = 16
/** Percent of a core that each side has to use for its rate to be its own doing. */
const BUSY = 80
/** Answers that the peer has for a row whose every request is new. */
const SAMPLE = 50

/** A kind of request. The paths are asked for in turn; a unique one gets a number of its own, so that nobody has its answer. */
export interface Row {
  name: string
  paths: (site: Running) => string[] | Promise<string[]>
  goal: number
  status?: number
  unique?: boolean
  sentry?: boolean
  headers?: (site: Running) => Promise<Record<string, string>>
}

const profile = `/profiles/${demoProfile(7).username}`
const page = (name: string, path: string, goal: number, more: Partial<Row> = {}) => ({
  name,
  paths: () => [path],
  goal,
  ...more,
})

export const rows: Row[] = [
  page('home', '/', 0.6),
  page('list', '/lettings', 0.6),
  page('detail', '/lettings/17', 0.6),
  page('profile', profile, 0.6),
  page('304 for a known ETag', '/lettings', 0.7, {
    status: 304,
    async headers({ url }) {
      const { headers } = await ask(`${url}/lettings`, { headers: browser })
      return { 'If-None-Match': headers.etag! }
    },
  }),
  page('home, each URL new', '/', 0.08, { unique: true }),
  page('list, each URL new', '/lettings', 0.08, { unique: true }),
  page('detail, each URL new', '/lettings/17', 0.08, { unique: true }),
  page('profile, each URL new', profile, 0.08, { unique: true }),
  { name: 'search, each URL new', paths: () => searches(50_000), goal: 0.08, unique: true },
  { name: 'hashed asset, precompressed', paths: async ({ url }) => [await asset(url)], goal: 0.7 },
  page('404', '/no/such/page', 0.5, { status: 404 }),
  page('list, Sentry on', '/lettings', 0.6, { sentry: true }),
  page('list, each URL new, Sentry on', '/lettings', 0.08, { sentry: true, unique: true }),
]

async function asset(url: string) {
  const { body } = await ask(url)
  return /href="(\/assets\/[^"]+\.css)"/.exec(String(body))![1]
}

/** Requests a second of the site and of its peer, in turns. */
export async function throughput(bench: Bench, add: Add) {
  const wanted = rows.filter(({ name }) => bench.wants(name))
  for (const sentry of [false, true]) {
    const these = wanted.filter((row) => !!row.sentry === sentry)
    if (!these.length) continue
    await withSite(bench, sentry, async (site) => {
      for (const row of these) add(await compare(bench, row, site))
    })
  }
}

async function compare({ runs, seconds }: Bench, row: Row, site: Running): Promise<Result> {
  const load = await prepare(row, site)
  const bare = await startBare(load.answers)
  await answers(bare, '/', 5).catch(() => {}) // its answer may be a 304 or a 404
  const sides = [site, bare].map((running) => ({
    running,
    rates: [] as number[],
    busy: [] as number[],
  }))
  try {
    for (const { running } of sides) await load.run(running, Math.min(2, seconds))
    for (let run = 0; run < runs; run++) {
      for (const { running, rates, busy } of sides) {
        const [cpu, began] = [running.cpu(), performance.now()]
        rates.push(await load.run(running, seconds))
        busy.push(((running.cpu() - cpu) / (performance.now() - began)) * 100_000)
      }
    }
  } finally {
    await bare.stop()
  }
  const [ours, theirs] = sides.map(({ rates }) => median(rates))
  const [ourCpu, theirCpu] = sides.map(({ busy }) => Math.round(median(busy)))
  const [perCpu, theirsPerCpu] = sides.map(({ rates, busy }) =>
    median(rates.map((rate, run) => rate / busy[run]))
  )
  const ratios = sides[0].rates.map((rate, run) => rate / sides[1].rates[run])
  return {
    what: row.name,
    site: `${Math.round(ours)} /s`,
    peer: `${Math.round(theirs)} /s`,
    ratio: ours / theirs,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    goal: ['at least', row.goal],
    unsure: Math.min(ourCpu, theirCpu) < BUSY,
    note: `CPU ${ourCpu} / ${theirCpu} %, ${(perCpu / theirsPerCpu).toFixed(2)} by CPU time`,
  }
}

/** What a row asks, with the site's answers to it in a file for the peer. */
export async function prepare(row: Row, site: Running) {
  const paths = await row.paths(site)
  const headers = { ...browser, ...(await row.headers?.(site)) }
  const samples = []
  for (const path of paths.slice(0, SAMPLE)) {
    const answer = await ask(site.url + path, { headers })
    if (answer.status !== (row.status ?? 200))
      throw new Error(`${row.name}: ${path} answered ${answer.status}`)
    samples.push({
      status: answer.status,
      headers: own(answer.rawHeaders),
      body: answer.body.toString('base64'),
    })
  }
  const files = { answers: join(folder, 'answers.json'), paths: join(folder, 'paths.txt') }
  await writeFile(files.answers, JSON.stringify(samples))
  await writeFile(files.paths, paths.map((path) => `${path}\n`).join(''))

  let number = Math.floor(Date.now() % 1e9)
  const run = async ({ url }: Running, seconds: number) => {
    const script = [join(import.meta.dirname, 'wrk.lua'), url, '--', files.paths, String(number)]
    const options = [`-t1`, `-c${CONNECTIONS}`, `-d${Math.ceil(seconds)}`]
    for (const [name, value] of Object.entries(headers)) options.push('-H', `${name}: ${value}`)
    const output = await must('wrk', [
      ...options,
      '-s',
      ...script,
      ...(row.unique ? ['unique'] : []),
    ])
    const { requests, microseconds, refused, broken } = JSON.parse(output.split('\n').at(-1)!)
    number += requests + CONNECTIONS
    if (broken || refused !== ((row.status ?? 200) < 400 ? 0 : requests))
      throw new Error(
        `${row.name}: of ${requests} requests ${refused} were refused and ${broken} broke`
      )
    return requests / (microseconds / 1e6)
  }
  return { run, answers: files.answers }
}

/** Headers but those that Node gives every answer by itself. */
function own(rawHeaders: string[]) {
  const pairs = rawHeaders.flatMap((name, at) => (at % 2 ? [] : [[name, rawHeaders[at + 1]]]))
  return pairs.filter(([name]) => !/^(date|connection|keep-alive)$/i.test(name)).flat()
}

/** The site on the small data set, with Sentry or without; its stand-in takes everything and keeps nothing. */
export async function withSite(
  { build }: Bench,
  sentry: boolean,
  work: (site: Running) => Promise<void>,
  flags: string[] = []
) {
  const ingest = createServer((request, response) => {
    request.resume().on('end', () => response.end('{}'))
  }).listen(0, '127.0.0.1')
  await once(ingest, 'listening')
  const dsn = `http://key@127.0.0.1:${(ingest.address() as AddressInfo).port}/1`
  const env = { ...(await dataSet(SIZE, undefined, build)), ...(sentry && { SENTRY_DSN: dsn }) }
  const site = await startSite({ env, build, flags })
  try {
    await answers(site, '/health/ready')
    await work(site)
  } finally {
    await site.stop()
    ingest.closeAllConnections()
    ingest.close()
  }
}
