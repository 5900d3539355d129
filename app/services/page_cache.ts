import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'
import { type Answer, encodingFor } from '#services/answer'
import { pages as counter } from '#services/metrics'

/** Milliseconds for which a page may be shown after its data was read. */
const FRESH = 1_000
/** Bytes that all kept pages may take together, and one of them. */
const ROOM = 4 * 1024 * 1024
const LARGEST = 1024 * 1024

type Render = () => Promise<Answer | undefined>

/** Rendered pages by encoding and address. */
const pages = new LRUCache<string, Answer>({
  maxSize: ROOM,
  maxEntrySize: LARGEST,
  // to read the clock costs less than a timer that says for how long it need not be read
  ttlResolution: 0,
  // what is around a body: headers, the cache's own
  sizeCalculation: ({ body }, key) => body.length + key.length + 2_000,
})

/** Pages that are being rendered, and since when: who asks for one waits for it, unless it is too old to be kept. */
const underWay = new Map<string, { rendering: Promise<Answer | undefined>; started: number }>()

const keyOf = (request: IncomingMessage) => `${encodingFor(request)} ${request.url}`

/** The page at a request's address, if it was rendered within the last second and nothing has changed since. */
export function cachedPage(request: IncomingMessage) {
  const answer = pages.get(keyOf(request))
  if (answer) counter.inc({ from: 'kept' })
  return answer
}

/** The page at a request's address, rendered now or for who has asked already; undefined if there is nothing to keep. */
export async function cachePage(request: IncomingMessage, render: Render) {
  const key = keyOf(request)
  const started = performance.now()
  const known = underWay.get(key)
  if (known && started - known.started < FRESH) return known.rendering
  counter.inc({ from: 'rendered' })
  const rendering = render()
  underWay.set(key, { rendering, started })
  // a page whose data changes while it is rendered goes to those who asked before, and is not kept
  const isLast = () => underWay.get(key)?.rendering === rendering
  try {
    const answer = await rendering
    const ttl = Math.max(1, FRESH - Math.ceil(performance.now() - started))
    if (answer && isLast()) pages.set(key, answer, { ttl })
    return answer
  } finally {
    if (isLast()) underWay.delete(key)
  }
}

/** To be called when any row has changed. */
export function forgetPages() {
  pages.clear()
  underWay.clear()
}
