import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds that a dawdling connection may be held: the longest time for headers in config/app.ts, and five seconds for a busy machine. */
const LONGEST = 27_000

/** What bad clients did and what they got for it. */
export interface Outcome {
  tries: number
  /** How often each answer came: a status, "closed" without one, or "cut" while it was being sent. */
  answers: Record<string, number>
  /** Milliseconds that the longest connection lasted. */
  longest: number
  /** What must not have happened. */
  wrong: string[]
}

type Attack = (socket: Socket, ended: Promise<unknown>) => Promise<void> | void

/** What each kind of bad client sends on a fresh connection, how many there are at once, and which answers are right. */
const attacks: Record<string, { clients: number; right: RegExp; attack: Attack }> = {
  'slow headers': {
    clients: 60,
    right: /^(408|closed)$/,
    async attack(socket, ended) {
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n')
      const over = ended.then(() => true)
      for (let i = 0; !(await Promise.race([over, sleep(1_000)])); i++)
        socket.write(`X-${i}: y\r\n`)
    },
  },
  'half-open': { clients: 60, right: /^(408|closed)$/, attack() {} },
  'slow readers': {
    clients: 20,
    right: /^(200|503|cut|closed)$/,
    async attack(socket) {
      // asks far more than a socket holds, and takes nothing for a while
      socket.pause()
      socket.write('GET /lettings HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(100))
      await sleep(10_000)
      socket.destroy()
    },
  },
  'headers of 1 MB': {
    clients: 2,
    right: /^(431|closed)$/,
    attack(socket) {
      socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(1e6)}\r\n\r\n`)
    },
  },
  'aborted': {
    clients: 4,
    right: /^(200|503|cut|closed)$/,
    async attack(socket) {
      socket.write(`GET /lettings?q=cottage&n=${Math.random()} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      await sleep(Math.random() * 20)
      socket.resetAndDestroy()
    },
  },
  'invalid': {
    clients: 2,
    right: /^400$/,
    attack: (socket) => void socket.write(`\u0000\u0001 nonsense ${Math.random()}\r\n\r\n`),
  },
}

/** Lets all of them in until the signal; `excused` says whether it is no wonder that a connection breaks. */
export async function attackUntil(
  stop: AbortSignal,
  ports: number[],
  excused: () => boolean
): Promise<Record<string, Outcome>> {
  const outcomes: Record<string, Outcome> = {}
  const clients = Object.entries(attacks).flatMap(([name, { clients: count }]) => {
    outcomes[name] = { tries: 0, answers: {}, longest: 0, wrong: [] }
    return Array.from({ length: count }, () => client(name))
  })
  async function client(name: string) {
    const { right, attack } = attacks[name]
    const outcome = outcomes[name]
    while (!stop.aborted) {
      const began = performance.now()
      const answer = await connection(ports[outcome.tries % ports.length], attack, stop)
      if (stop.aborted) return
      if (answer === 'refused') {
        if (!excused()) outcome.wrong.push('refused')
        await sleep(200)
        continue
      }
      outcome.tries++
      outcome.answers[answer] = (outcome.answers[answer] ?? 0) + 1
      outcome.longest = Math.max(outcome.longest, performance.now() - began)
      if (!right.test(answer) && !excused()) outcome.wrong.push(answer)
      if (performance.now() - began > LONGEST) outcome.wrong.push('held for too long')
      await sleep(100)
    }
  }
  await Promise.all(clients)
  return outcomes
}

/** One connection, until either side ends it; returns the last status that came. */
async function connection(port: number, attack: Attack, stop: AbortSignal) {
  const socket = connect(port, '127.0.0.1')
  const end = () => socket.destroy()
  stop.addEventListener('abort', end)
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk) => (text = (text + chunk).slice(0, 20)))
  let failure: string | undefined
  socket.on('error', ({ code }: NodeJS.ErrnoException) => (failure = code))
  const ended = once(socket, 'close').catch(() => {})
  // a socket that is destroyed while it connects says neither "connect" nor "error"
  const connected = once(socket, 'connect').then(
    () => true,
    () => false
  )
  if (await Promise.race([connected, ended.then(() => false)])) await attack(socket, ended)
  await ended
  stop.removeEventListener('abort', end)
  if (failure === 'ECONNREFUSED') return 'refused'
  return /^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? (failure ? 'cut' : 'closed')
}
