import { appendFile, cp, mkdir, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { freePorts, must, run } from '../deploy/rehearsal/shell.ts'
import { ask, browser, median, paced, percentile } from './client.ts'
import { dataSet } from './data.ts'
import { prepare, rows, withSite } from './http.ts'
import type { Bench, Result } from './main.ts'
import {
  answers,
  folder,
  has,
  launch,
  root,
  running,
  startBare,
  startSite,
  type Running,
} from './processes.ts'
import { kinds, searches, walk } from './queries.ts'

/** Resident memory of the site and of its peer under the same load, after each of the runs. */
export async function memory(bench: Bench): Promise<Result[]> {
  const results: Result[] = []
  await withSite(bench, false, async (site) => {
    const pages = rows.slice(0, 4).map(({ paths }) => paths(site))
    const mixed = [await Promise.all(pages), searches(1_000)].flat(2)
    const load = await prepare({ name: 'memory', paths: () => mixed }, site)
    const bare = await startBare(load.answers)
    const sides = [site, bare].map((side) => ({ side, course: [] as number[] }))
    for (let turn = 0; turn < bench.runs; turn++) {
      for (const { side, course } of sides) {
        await load.run(side, bench.seconds * 2)
        course.push(side.rss())
      }
    }
    await bare.stop()
    const [ours, theirs] = sides.map(({ course }) => course.at(-1)!)
    const [first, ...rest] = sides.map(({ course }) => course.map(Math.round).join(', '))
    results.push({
      what: 'resident memory after the load',
      site: `${Math.round(ours)} MB`,
      peer: `${Math.round(theirs)} MB`,
      ratio: ours / theirs,
      goal: { most: 1.6 },
      note: `${first} / ${rest}`,
    })
  })
  return results
}

/** Milliseconds from spawning the site until its first page is there, and from spawning Node until it answers anything. */
export async function coldStart({ runs, build }: Bench): Promise<Result[]> {
  const env = await dataSet(1_000, undefined, build)
  const times: number[][] = [[], []]
  const starts = [
    () => startSite({ env, build }),
    async () => {
      const port = await freePorts()
      const code = `http.createServer((_, response) => response.end()).listen(${port}, '127.0.0.1')`
      return running(launch(process.execPath, ['-e', code], { stdio: 'ignore' }), port)
    },
  ]
  // one more, whose times do not count: it warms the cache of files
  for (let turn = 0; turn < runs + 3; turn++) {
    for (const [side, start] of starts.entries()) {
      const began = performance.now()
      const started = await start()
      await answers(started, '/')
      if (turn) times[side].push(performance.now() - began)
      await started.stop()
    }
  }
  const [ours, theirs] = times.map(median)
  return [
    {
      what: 'cold start, spawn to first page',
      site: `${Math.round(ours)} ms`,
      peer: `${Math.round(theirs)} ms`,
      ratio: ours / theirs,
      goal: { under: 3 },
      spread: [Math.min(...times[0]) / theirs, Math.max(...times[0]) / theirs],
    },
  ]
}

const SIZES = [1_000, 1_000_000]

/** Milliseconds that the pages of each kind took. */
type Times = Record<string, number[]>
type Side = { size: number; site: Running; cursors: string[]; times: Times[] }

/** The slowest hundredth of pages on a million lettings against that on a thousand, at a rate that the site is far from its limits with. */
export async function latency(bench: Bench, engine: string, url?: string): Promise<Result[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const names = Object.keys(kinds).filter((name) => bench.wants(`p99 ${name}, ${engine}`))
  if (!names.length) return []
  const sides: Side[] = []
  for (const size of SIZES) {
    const env = await dataSet(size, url, bench.build)
    const site = await startSite({ env, build: bench.build })
    await answers(site, '/health/ready', 600) // it may have migrations to do
    const cursors = await walk(site.url, 40)
    sides.push({ size, site, cursors, times: [] })
  }
  let number = Math.floor(Date.now() % 1e9)
  // one kind after the other: on SQLite a slow one would hold up those behind it
  const turn = async ({ size, site, cursors }: Side) => {
    const times: Times = {}
    for (const name of names) {
      const list: number[] = (times[name] = [])
      await paced(bench.rate, bench.seconds / 2, async (due) => {
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
      bench.say(`latency on ${engine}, run ${i + 1} of ${bench.runs}`)
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
  const row = (what: string, [small, large]: number[], note?: string): Result => ({
    what: `p99 ${what}, ${engine}`,
    site: ms(large),
    peer: ms(small),
    ratio: large / small,
    goal: { most: 1.5 },
    note,
  })
  return [
    row('of all of these', overall, `${bench.rate} requests a second`),
    ...names.map((name) =>
      row(name, of(name, 0.99), `p50 ${of(name, 0.5).map(ms).reverse().join(' / ')}`)
    ),
  ]
}

/** Seconds that the pipeline takes: minutes in all, so only if asked for. */
export async function pipeline(bench: Bench): Promise<Result[]> {
  const results: Result[] = []
  const time = async (what: string, command: string, args: string[], options: object) => {
    const began = performance.now()
    const { exit, output } = await run(command, args, options)
    if (exit !== 0) return bench.say(`LEFT OUT: ${what}, for it failed:\n${output.slice(-2_000)}`)
    results.push({ what, site: `${((performance.now() - began) / 1_000).toFixed(1)} s` })
  }
  const image = 'image after a one-line change, warm cache'
  if (bench.wants(image)) {
    const engine = has('docker') ? await run('docker', ['info']) : undefined
    if (engine?.exit !== 0) bench.say(`LEFT OUT: ${image}, for no Docker engine answers`)
    else {
      const copy = join(folder, 'checkout')
      const env = { ...process.env, IMAGE: 'oc-lettings-bench', RELEASE: 'bench' }
      await rm(copy, { recursive: true, force: true })
      await mkdir(copy, { recursive: true })
      const files = await must('git', ['ls-files'], { cwd: root })
      for (const file of files.split('\n')) await cp(join(root, file), join(copy, file))
      await must('make', ['build'], { cwd: copy, env })
      await appendFile(join(copy, 'app/controllers/home_controller.ts'), `// ${Date.now()}\n`)
      await time(image, 'make', ['build'], { cwd: copy, env })
      await run('docker', ['rmi', 'oc-lettings-bench:bench', 'oc-lettings-bench:latest'])
      await rm(copy, { recursive: true, force: true })
    }
  }
  for (const target of ['test', 'ci'])
    if (bench.wants(`make ${target}`)) await time(`make ${target}`, 'make', [target], { cwd: root })
  return results
}
