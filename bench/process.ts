import { freePorts } from '../deploy/rehearsal/shell.ts'
import { dataSet } from './data.ts'
import { prepare, rows, withSite } from './http.ts'
import type { Add, Bench } from './main.ts'
import { median } from './numbers.ts'
import { answers, launch, running, startBare, startSite } from './processes.ts'
import { searches } from './queries.ts'

/** Resident memory of the site and of its peer under the same load, after each of the runs. */
export async function memory(bench: Bench, add: Add) {
  const what = 'resident memory after the load'
  if (!bench.wants(what)) return
  await withSite(bench, false, async (site) => {
    const pages = rows.slice(0, 4).map(({ paths }) => paths(site))
    const mixed = [await Promise.all(pages), searches(1_000)].flat(2)
    const load = await prepare({ name: what, paths: () => mixed, goal: 0 }, site)
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
    add({
      what,
      site: `${Math.round(ours)} MB`,
      peer: `${Math.round(theirs)} MB`,
      ratio: ours / theirs,
      goal: ['at most', 1.6],
      note: `${first} / ${rest}`,
    })
  })
}

/** Milliseconds from spawning the site until its first page is there, and from spawning Node until it answers anything. */
export async function coldStart({ runs, build, wants }: Bench, add: Add) {
  const what = 'cold start, spawn to first page'
  if (!wants(what)) return
  const env = await dataSet(1_000, undefined, build)
  const times: number[][] = [[], []]
  const starts = [
    (port: number) => startSite({ env, build, port }),
    async (port: number) => {
      const code = `http.createServer((_, response) => response.end()).listen(${port}, '127.0.0.1')`
      return running(launch(process.execPath, ['-e', code], { stdio: 'ignore' }), port)
    },
  ]
  // one more, whose times do not count: it warms the cache of files
  for (let turn = 0; turn <= runs; turn++) {
    for (const [side, start] of starts.entries()) {
      const port = await freePorts()
      const began = performance.now()
      const started = await start(port)
      await answers(started, '/')
      if (turn) times[side].push(performance.now() - began)
      await started.stop()
    }
  }
  const [ours, theirs] = times.map(median)
  const ratios = times[0].map((time, turn) => time / times[1][turn])
  add({
    what,
    site: `${Math.round(ours)} ms`,
    peer: `${Math.round(theirs)} ms`,
    ratio: ours / theirs,
    goal: ['under', 3],
    spread: [Math.min(...ratios), Math.max(...ratios)],
  })
}
