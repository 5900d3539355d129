import { mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { prepare, rows, withSite } from './http.ts'
import type { Bench } from './main.ts'
import { folder } from './processes.ts'

/** Lines of a profile that are printed. */
const SHOWN = 25

/** Makes a CPU profile of the site under each of the chosen rows, and prints where its time went. */
export async function profileRows(bench: Bench) {
  for (const row of rows.filter(({ name }) => bench.wants(name))) {
    const place = join(folder, 'profiles', row.name.replace(/\W+/g, '-'))
    await rm(place, { recursive: true, force: true })
    await mkdir(place, { recursive: true })
    const flags = ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${place}`]
    await withSite(
      bench,
      !!row.sentry,
      async (site) => {
        const load = await prepare(row, site)
        const rate = await load.run(site, bench.seconds * bench.runs)
        console.error(`${row.name}: ${Math.round(rate)} requests a second under the profiler`)
      },
      flags
    )
    const [name] = await readdir(place)
    const lines = await busiest(join(place, name))
    console.log(`\n${join(place, name)}\n${lines.join('\n')}`)
  }
}

/** The functions that the process itself was in most often, idle time left out. */
async function busiest(file: string) {
  const { nodes, samples } = JSON.parse(await readFile(file, 'utf8'))
  const frames = new Map<number, string>(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }: any) => {
      const place = url.replace(/^.*\/(node_modules|build)\//, '')
      return [id, `${functionName || '(anonymous)'}  ${place}${place && `:${lineNumber + 1}`}`]
    })
  )
  const counts = new Map<string, number>()
  for (const id of samples) {
    const frame = frames.get(id)!
    if (!/^\((idle|root)\)/.test(frame)) counts.set(frame, (counts.get(frame) ?? 0) + 1)
  }
  const total = counts.values().reduce((sum, count) => sum + count, 0)
  const sorted = [...counts].sort(([, a], [, b]) => b - a).slice(0, SHOWN)
  return sorted.map(
    ([frame, count]) => `${((count / total) * 100).toFixed(1).padStart(5)} %  ${frame}`
  )
}
