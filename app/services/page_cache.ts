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

/** Rendered pages by encoding and address. One that is being rendered is waited for, not rendered again. */
const pages = new LRUCache<string, Answer, Render>({
  maxSize: ROOM,
  maxEntrySize: LARGEST,
  // what is around a body: headers, key, the cache's own
  sizeCalculation: ({ body }) => body.length + 2_000,
  ttl: FRESH,
  // a page whose data changes while it is rendered goes to those who asked before, and is not kept
  ignoreFetchAbort: true,
  async fetchMethod(_key, _stale, { options, context: render }) {
    counter.inc({ from: 'rendered' })
    const started = performance.now()
    const answer = await render()
    options.ttl = Math.max(1, FRESH - Math.ceil(performance.now() - started))
    return answer
  },
})

const keyOf = (request: IncomingMessage) => `${encodingFor(request)} ${request.url}`

/** The page at a request's address, if it was rendered within the last second and nothing has changed since. */
export function cachedPage(request: IncomingMessage) {
  const answer = pages.get(keyOf(request))
  if (answer) counter.inc({ from: 'kept' })
  return answer
}

/** That page, rendered now if need be; undefined if there is nothing to keep. */
export const cachePage = (request: IncomingMessage, render: Render) =>
  pages.fetch(keyOf(request), { context: render })

/** To be called when any row has changed. */
export const forgetPages = () => pages.clear()
