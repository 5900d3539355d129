/**
 * Eight visitors who read pages one after the other until stdin ends. Prints each status when it comes first, and at the end how
 * often each came, how many connections were refused before a request was sent, and how many requests were cut. With `heed` they
 * pause while the site says that it is not ready, as a proxy that checks its health does.
 */
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const [origin, heed] = process.argv.slice(1)
const paths = ['/', '/lettings', '/lettings/1', '/profiles', '/profiles/AirWow']
const agent = new Agent({ keepAlive: true })
const counts = {}
let here = true
let open = true

const ask = (path) =>
  new Promise((resolve) => {
    const fail = ({ code }) =>
      resolve(/ECONNREFUSED|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN/.test(code) ? 'refused' : 'cut')
    get(`${origin}${path}`, { agent, signal: AbortSignal.timeout(15_000) }, (response) => {
      response.on('error', fail)
      response.on('end', () => resolve(response.complete ? response.statusCode : 'cut'))
      response.resume()
    }).on('error', fail)
  })

async function visit(number) {
  for (let turn = number; here; turn++) {
    if (!open) {
      await sleep(20)
      continue
    }
    const outcome = await ask(paths[turn % paths.length])
    if (!(outcome in counts)) console.log(outcome)
    counts[outcome] = (counts[outcome] ?? 0) + 1
    if (outcome === 'refused') await sleep(50)
    if (turn === number + 20) console.log('arrived')
  }
}

async function watch() {
  while (here) {
    open = (await ask('/health/ready')) === 200
    await sleep(100)
  }
}

process.stdin.on('end', () => (here = false)).resume()
if (heed) watch()
await Promise.all(Array.from({ length: 8 }, (_, number) => visit(number)))
console.log(JSON.stringify(counts))
process.exit()
