/**
 * `make bench`: what the site costs, as ratios to its peers measured in the same run. `--help` lists the options. Exit code 0 if
 * everything could be measured, whether or not goals were met; 1 if not; 2 if the call is wrong or something is missing here.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { throughput } from './http.ts'
import { latency } from './latency.ts'
import { pipeline } from './pipeline.ts'
import { coldStart, memory } from './process.ts'
import { has, root } from './processes.ts'
import { profileRows } from './profile.ts'
import { conditions, table, write } from './report.ts'

type Goal = ['at least' | 'at most' | 'under', number]

/** A line of a table. */
export interface Result {
  what: string
  site: string
  peer?: string
  ratio?: number
  /** The smallest and the largest ratio of a single run. */
  spread?: number[]
  goal?: Goal
  /** Whether the machine was so busy with other things that the ratio proves nothing. */
  unsure?: boolean
  note?: string
}

/** What was asked for. */
export interface Bench {
  runs: number
  /** Seconds that a run of a page takes; other rows take multiples of it. */
  seconds: number
  /** Requests a second at which latency is measured. */
  rate: number
  /** The folder of the site's build. */
  build: string
  /** Whether a row is to be measured. */
  wants(name: string): boolean
}

/** Takes a row that has been measured. */
export type Add = (row: Result) => void

const usage = `node bench/main.ts [options] [words…]: measures the rows whose names have one of the words in them, or all of them

  --runs N      runs of each side, in turns (5)
  --seconds N   seconds of a run (2)
  --rate N      requests a second at which latency is measured, on MySQL a fifth of them (100)
  --build PATH  the build to measure (build)
  --slow        also time the image, make test and make ci
  --write       put the tables into docs/performance.md; takes all rows of a table
  --profile     make a CPU profile of the chosen pages instead of measuring them

DB_URL=mysql://… has latency measured on MySQL or MariaDB too, in {database}_1000 and {database}_1000000.`

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      rate: { type: 'string', default: '100' },
      build: { type: 'string', default: 'build' },
      slow: { type: 'boolean' },
      write: { type: 'boolean' },
      profile: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(usage)
  for (const name of ['runs', 'seconds', 'rate'] as const)
    if (!(Number(values[name]) > 0)) throw new Usage(`--${name} must be a number above 0`)
  if (values.write && positionals.length)
    throw new Usage('--write takes whole tables, not chosen rows')

  const bench: Bench = {
    runs: Math.ceil(Number(values.runs)),
    seconds: Number(values.seconds),
    rate: Number(values.rate),
    build: resolve(root, values.build),
    wants: (name) => !positionals.length || positionals.some((word) => name.includes(word)),
  }
  if (values.profile) return profileRows(bench)

  const { DB_URL } = process.env
  const hasWrk = has('wrk', '-v')
  if (values.write && !hasWrk) throw new Usage('--write needs wrk (apt-get install wrk)')
  const leftOut = [
    !hasWrk && 'throughput and memory, for wrk is not installed (apt-get install wrk)',
    !DB_URL && 'latency on MySQL or MariaDB, for there is no DB_URL',
    !values.slow && 'the times of the pipeline, for they take minutes: make bench SLOW=1',
  ]
  const add = (row: Result) => {
    rows.push(line(row))
    console.error(rows.at(-1)!.filter(Boolean).join('  '))
  }
  // now, for a table that is written makes the checkout differ from its commit
  const about = await conditions()
  let rows: string[][] = []
  const measure = async (name: string, ...parts: ((bench: Bench, add: Add) => Promise<void>)[]) => {
    rows = []
    for (const part of parts) await part(bench, add)
    if (!rows.length) return
    const text = `${about}; medians of ${bench.runs} runs.\n\n${table(HEADINGS, rows)}`
    console.log(`\n${text}\n`)
    if (values.write) await write(name, text)
  }
  await measure('http', ...(hasWrk ? [throughput, memory] : []), coldStart)
  await measure('sqlite', latency)
  if (DB_URL) await measure('mysql', (...of) => latency(...of, DB_URL))
  if (values.slow) await measure('pipeline', pipeline)
  for (const what of leftOut) if (what) console.error(`LEFT OUT: ${what}`)
}

const HEADINGS = ['what', 'site', 'peer', 'ratio', 'single runs', 'goal', 'met', 'more']

const line = ({ what, site, peer = '', ratio, spread = [], goal, unsure, note = '' }: Result) => [
  what,
  site,
  peer,
  ratio?.toFixed(2) ?? '',
  spread.map((one) => one.toFixed(2)).join('–'),
  goal?.join(' ') ?? '',
  goal ? (unsure ? 'unsure' : isMet(ratio!, goal) ? 'yes' : '**no**') : '',
  note,
]

const isMet = (ratio: number, [word, bound]: Goal) =>
  word === 'at least' ? ratio >= bound : word === 'at most' ? ratio <= bound : ratio < bound

class Usage extends Error {}

try {
  await main()
} catch (error: any) {
  const expected = error instanceof Usage || error.code?.startsWith('ERR_PARSE_ARGS')
  console.error(expected ? `${error.message}\n\n${usage}` : error.stack)
  process.exit(expected ? 2 : 1)
}
