import { hash } from 'node:crypto'
import { renderAsync } from '@resvg/resvg-js'
import { LRUCache } from 'lru-cache'

/** PNGs that are kept, and drawings that may wait for their turn. */
const KEPT = 64
const WAITING = 16

const kept = new LRUCache<string, Promise<Buffer>>({ max: KEPT })
let last: Promise<unknown> = Promise.resolve()
let waiting = 0

/** What a picture's ETag and its place among the kept ones are made of. */
export const fingerprint = (svg: string) => hash('sha1', svg, 'base64url')

/**
 * Draws an SVG as PNG, off the main thread and one at a time: whoever asks for a thousand pictures keeps one core busy and
 * no more. Undefined when too many wait already.
 */
export async function toPng(svg: string): Promise<Buffer | undefined> {
  const key = fingerprint(svg)
  const png = kept.get(key) ?? (waiting < WAITING ? inTurn(svg) : undefined)
  if (png) kept.set(key, png)
  return png
}

function inTurn(svg: string) {
  waiting++
  const png = last
    .then(() => renderAsync(svg, { font: { loadSystemFonts: false } }))
    .then((image) => image.asPng())
  last = png.catch(() => kept.delete(fingerprint(svg))).finally(() => waiting--)
  return png
}
