/**
 * `make soak`, or `node bench/soak/main.ts [seconds]`: two copies of the site under mixed traffic at 80 % of what they can do, while
 * their database is restarted, one of them is killed and bad clients do what they do. Exit code 0 if every rule held, 1 if one
 * broke, 2 if it was called wrongly. A whole one, of 600 seconds, puts its table and graph into the docs.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, paced } from '../client.ts'
import { growth, isGrowing, percentile } from '../numbers.ts'
import { answers, folder, root, startSite, type Running } from '../processes.ts'
import { conditions, table, write } from '../report.ts'
import { startDatabase } from './database.ts'
import { attackUntil, type Outcome } from './faults.ts'
import { graph } from './graph.ts'
import { AT_ONCE, Visitors } from './visitors.ts'

const WHOLE = 600
const SIZE = 1_000
/** The letting whose title is written anew every second, by SQL. */
const CHANGING = 501
/** Seconds for which a copy may still feel that the database or the other copy was away. */
const AFTERMATH = 2

const seconds = Number(process.argv[2] || WHOLE)
if (!(seconds >= 20)) {
  console.error('usage: node bench/soak/main.ts [seconds], at least 20')
  process.exit(2)
}

let began = performance.now()
const clock = (at = performance.now()) => (at - began) / 1_000
const say = (line: string) => console.error(`${clock().toFixed(0).padStart(4)} s  ${line}`)

/** When the database or a copy was away, in seconds. */
const spans: { what: 'database' | 'copy'; name: string; from: number; to: number }[] = []
const isAway = (what: 'database' | 'copy', from: number, to: number) =>
  spans.some((span) => span.what === what && clock(from) <= span.to && clock(to) >= span.from)

const database = await startDatabase(SIZE)
const { env } = database
if (!database.restart)
  say('LEFT OUT: the restarts of the database, for MariaDB is not installed; it is SQLite')
const copies = [await startSite({ env }), await startSite({ env })]
for (const copy of copies) await answers(copy, '/health/ready')
const urls = copies.map(({ url }) => url)
const ports = urls.map((url) => Number(new URL(url).port))

const visitors = new Visitors(urls, isAway)
const writes: number[] = []
await change()
visitors.watch(`/lettings/${CHANGING}`, /Soak (\d+)/, writes)
say(`${await visitors.look('Soak ')} known pages`)
await visitors.top(3)
const top = await visitors.top(Math.min(10, seconds / 10))
const rate = top * 0.8
say(`${Math.round(top)} requests a second at most`)
Object.assign(visitors, { answered: 0, unavailable: 0, held: 0, times: [] })

began = performance.now()
setTimeout(
  () => {
    console.error('the soak did not end by itself')
    process.exit(1)
  },
  (seconds + 300) * 1_000
).unref()
const series = {
  answered: [] as number[],
  unavailable: [] as number[],
  ms: [] as number[],
  rss: [[], []] as (number | undefined)[][],
  used: [] as (number | undefined)[],
}
const done = new AbortController()
const calm = new AbortController()
const [, , , outcomes] = await Promise.all([
  paced(rate, seconds, (due) => visitors.visit(due)).finally(() => done.abort()),
  sample(),
  keepChanging(),
  sleep(seconds * 100).then(() =>
    attackUntil(calm.signal, ports, () => spans.some(({ to }) => clock() < to))
  ),
  play(),
])
await judge(outcomes)
await Promise.all(copies.map((copy) => copy.stop()))
await database.stop()
await report(outcomes)

/** What happens to the database and to the second copy, at parts of the whole time. */
async function play() {
  const pause = Math.min(10, seconds / 20) * 1_000
  const at = async (
    part: number,
    what: 'database' | 'copy',
    name: string,
    work: () => Promise<void>
  ) => {
    await sleep(Math.max(0, seconds * part - clock()) * 1_000)
    const span = { what, name, from: clock(), to: Infinity }
    spans.push(span)
    say(name)
    await work()
    span.to = clock() + AFTERMATH
    say('  and back')
  }
  const kill = async () => {
    await copies[1].stop('SIGKILL')
    await sleep(pause)
    copies[1] = await startSite({ env, port: ports[1] })
    await answers(copies[1], '/health/ready', 120)
  }
  const restart = (signal: NodeJS.Signals) => async () => database.restart?.(signal, pause)
  if (database.restart) await at(0.35, 'database', 'database restarted', restart('SIGTERM'))
  await at(0.5, 'copy', 'copy killed', kill)
  if (database.restart) await at(0.65, 'database', 'database killed', restart('SIGKILL'))
  await at(0.8, 'copy', 'copy killed', kill)
  await sleep(Math.max(0, seconds * 0.9 - clock()) * 1_000)
  calm.abort()
}

/** Once a second: what was answered, how fast, and what the copies hold. */
async function sample() {
  let last = { answered: 0, unavailable: 0 }
  for (let second = 0; ; second++) {
    await sleep(Math.max(0, second + 1 - clock()) * 1_000)
    if (done.signal.aborted) return
    const { answered, unavailable, times } = visitors
    series.answered.push(answered - last.answered)
    series.unavailable.push(unavailable - last.unavailable)
    series.ms.push(percentile(times, 0.99) ?? 0)
    last = { answered, unavailable }
    visitors.times = []
    for (const [index, copy] of copies.entries()) series.rss[index].push(rssOf(copy))
    // no second waits for what the one before has asked
    ask(`${urls[0]}/metrics`).then(
      ({ body }) => (series.used[second] = usedIn(String(body))),
      () => {}
    )
  }
}

/** Megabytes that are in use on the heap and by what hangs on it, by a copy's metrics. */
function usedIn(metrics: string) {
  const [heap, external] = ['heap_size_used', 'external_memory'].map((name) =>
    Number(new RegExp(`^nodejs_${name}_bytes (\\d+)`, 'm').exec(metrics)?.[1])
  )
  return (heap + external) / 2 ** 20
}

/** What the copy that lives uses, and what it holds since the database was last away: V8 keeps all pages that it once needed. */
function memory() {
  const away = spans.findLast(({ what }) => what === 'database')
  const third = 'after a third'
  return [
    { what: 'used by the copy that lived', since: third, ...growth(series.used) },
    {
      what: 'its resident memory',
      since: away ? 'after the database was back for good' : third,
      ...growth(series.rss[0], away && away.to / seconds),
    },
  ]
}

function rssOf(copy: Running) {
  try {
    return copy.rss()
  } catch {
    return undefined // it has been killed
  }
}

async function change() {
  await database.run(`update lettings set title = 'Soak ${writes.length}' where id = ${CHANGING}`)
  writes.push(performance.now())
}

async function keepChanging() {
  while (!done.signal.aborted) {
    await sleep(1_000)
    await change().catch(() => {}) // the database is away
  }
}

/** The rules beside those that each answer is held to. */
async function judge(found: Record<string, Outcome>) {
  for (const [index, copy] of copies.entries()) {
    const end = copy.child.exitCode ?? copy.child.signalCode
    if (end !== null) {
      visitors.wrong(`copy ${index + 1} ended with ${end}`)
      continue
    }
    const { body } = await ask(`${urls[index]}/metrics`)
    for (const [, status] of String(body).matchAll(/duration_seconds_count\{.*status="(5\d\d)"/g))
      if (status !== '503') visitors.wrong(`copy ${index + 1} counted answers of ${status}`)
  }
  for (const [name, { wrong }] of Object.entries(found))
    for (const what of wrong) visitors.wrong(`${name}: ${what}`)
  for (const { what, ...by } of memory())
    if (seconds >= WHOLE / 2 && isGrowing(by)) visitors.wrong(`${what} grew by more than a tenth`)
}

async function report(found: Record<string, Outcome>) {
  const broken = [...visitors.wrongs].map(
    ([what, { first, count }]) => `${what} (${count}, first at ${first})`
  )
  const rows = [
    ['copies and database', `2 on ${database.restart ? 'MariaDB' : 'SQLite'}`],
    [
      'top rate, and rate of the load',
      `${Math.round(top)} and ${Math.round(rate)} requests a second`,
    ],
    ['answered', `${visitors.answered}`],
    ['503 while the database was down', `${visitors.unavailable}`],
    ['given to the other copy while one was killed', `${visitors.retried}`],
    [`not sent, for ${AT_ONCE} were under way`, `${visitors.held}`],
    ['p99, median of the seconds', `${percentile(series.ms, 0.5).toFixed(0)} ms`],
    ['longest that an overwritten title was shown', `${visitors.oldest.toFixed(0)} ms`],
    ...memory().map(({ what, since, grown, mean }) => [
      what,
      `${mean.toFixed(0)} MB, ${grown.toFixed(1)} MB more at the end than ${since}`,
    ]),
    ...Object.entries(found).map(([name, { tries, answers: given, longest }]) => [
      `bad clients, ${name}`,
      `${tries}: ${Object.entries(given)
        .map(([answer, count]) => `${count} × ${answer}`)
        .join(', ')}; the longest ${(longest / 1_000).toFixed(1)} s`,
    ]),
    ['**rules broken**', broken.join('; ') || 'none'],
  ]
  const text = `${await conditions()}; ${seconds} s.\n\n${table(['what', 'result'], rows)}`
  console.log(text)

  const [teal, orange] = ['#2a7f86', '#d9541e']
  const isWhole = seconds === WHOLE && !broken.length
  writeFileSync(
    join(isWhole ? join(root, 'docs/images') : folder, 'soak.svg'),
    graph(
      [
        {
          title: 'answers a second',
          lines: [
            { name: 'all', color: teal, values: series.answered },
            { name: '503', color: orange, values: series.unavailable },
          ],
        },
        { title: 'p99, ms', lines: [{ name: '', color: teal, values: series.ms }] },
        {
          title: 'resident memory, MB',
          lines: [
            { name: 'the copy that lives', color: teal, values: series.rss[0] },
            { name: 'the copy that is killed', color: orange, values: series.rss[1] },
          ],
        },
      ],
      spans
    )
  )
  const picture = '![Answers a second, latency and resident memory over the soak](images/soak.svg)'
  if (isWhole) await write('soak', `${picture}\n\n${text}`)
  process.exitCode = broken.length ? 1 : 0
}
