import { createReadStream } from 'node:fs'
import { Agent } from 'node:http'
import { finished } from 'node:stream/promises'
import { ask, browser, paced } from './client.ts'
import { dataSet, version } from './data.ts'
import type { Add, Bench } from './main.ts'
import { median, percentile } from './numbers.ts'
import { answers, startSite, type Running } from './processes.ts'
import { kinds, walk } from './queries.ts'

const SIZES = [1_000, 1_000_000]

/** Milliseconds that the pages of each kind took. */
type Times = Record<string, number[]>
type Side = { size: number; file?: string; site: Running; cursors: string[]; times: Times[] }

/** The slowest hundredth of pages on a million lettings against that on a thousand, at a rate that the site is far from its limits with. */
export async function latency(bench: Bench, add: Add, url?: string) {
  const engine = url ? await version(url) : 'SQLite'
  // FULLTEXT takes a tenth of a second and most of a core for some words
  const rate = url ? bench.rate / 5 : bench.rate
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const names = Object.keys(kinds).filter((name) => bench.wants(`p99 ${name}, ${engine}`))
  if (!names.length) return
  const sides: Side[] = []
  for (const size of SIZES) {
    const env = await dataSet(size, url, bench.build)
    const site = await startSite({ env, build: bench.build })
    await answers(site, '/health/ready', 600) // it may have migrations to do
    const cursors = await walk(site.url, 40)
    sides.push({ size, file: env.DB_FILE, site, cursors, times: [] })
  }
  let number = Math.floor(Date.now() % 1e9)
  // one kind after the other: on SQLite a slow one would hold up those behind it
  const turn = async ({ size, file, site, cursors }: Side) => {
    if (file) await hold(file)
    const times: Times = {}
    for (const name of names) {
      const list: number[] = (times[name] = [])
      await paced(rate, (bench.rate / rate) * (bench.seconds / 2), async (due) => {
        const path = kinds[name](size, cursors)
        const unique = `${site.url}${path}${path.includes('?') ? '&' : '?'}n=${number++}`
        const { status } = await ask(unique, { agent, headers: browser })
        if (status !== 200) throw new Error(`${path} of ${size} lettings answered ${status}`)
        list.push(performance.now() - due)
      })
    }
    return times
  }
  try {
    for (const side of sides) await turn(side)
    for (let i = 0; i < bench.runs; i++) {
      for (const side of sides) side.times.push(await turn(side))
    }
  } finally {
    await Promise.all(sides.map(({ site }) => site.stop()))
    agent.destroy()
  }
  // all kinds of one run together, else a kind's requests of all runs, which alone are too few for a hundredth
  const overall = sides.map(({ times }) =>
    median(times.map((one) => percentile(Object.values(one).flat(), 0.99)))
  )
  const of = (name: string, share: number) =>
    sides.map(({ times }) =>
      percentile(
        times.flatMap((one) => one[name]),
        share
      )
    )
  const ms = (value: number) => `${value.toFixed(1)} ms`
  // past what it can do, a queue is all that is measured, and it is as long on either side
  const isOverloaded = (halves: number[]) => halves[0] > 2_000 / rate
  const row = (what: string, [small, large]: number[], unsure: boolean, note: string) =>
    add({
      what: `p99 ${what}, ${engine}`,
      site: ms(large),
      peer: ms(small),
      ratio: large / small,
      goal: ['at most', 1.5],
      unsure,
      note,
    })
  const halves = names.map((name) => of(name, 0.5))
  row('of all of these', overall, halves.some(isOverloaded), `${rate} requests a second`)
  for (const [at, name] of names.entries()) {
    const [small, large] = halves[at].map(ms)
    row(name, of(name, 0.99), isOverloaded(halves[at]), `p50 ${large} / ${small}`)
  }
}

/** Has the machine hold a file in its memory, as it does where a site is in use: else its disk is what is measured. */
const hold = (file: string) => finished(createReadStream(file).resume())
