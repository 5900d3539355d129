import { hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import app from '@adonisjs/core/services/app'
import { contentType } from 'mime-types'
import parseRange from 'range-parser'
import { Answer, encodingFor } from '#services/answer'

/** What the build adds to a name, by encoding; the smallest first. */
const ends = { br: '.br', gzip: '.gz' }
type Made = keyof typeof ends
type Encoded = Record<Made | '', Answer>
/** What Vite puts into a name so that it changes with the contents. */
const HASH = /-[\w-]{8}(?=\.\w+$)/

/** The files of public/ in each encoding by their paths, read once at boot: to find that a path is none costs no look at the disk. */
const files = new Map<string, Encoded>()
/** This release's assets by their paths without the hash. */
const neighbours = new Map<string, Encoded>()

for (const entry of readdirSync(app.publicPath(), { recursive: true, withFileTypes: true })) {
  const file = `${entry.parentPath}/${entry.name}`
  const path = file.slice(app.publicPath().length)
  // names that begin with a dot are the server's own
  if (!entry.isFile() || /\/\.|\.(br|gz)$/.test(path)) continue
  const isAsset = path.startsWith('/assets/') && HASH.test(path)
  const lasting = isAsset ? 'max-age=31536000, immutable' : 'max-age=3600, must-revalidate'
  files.set(path, read(file, `public, ${lasting}`))
  if (isAsset) neighbours.set(path.replace(HASH, ''), read(file, 'no-store'))
}

function read(file: string, caching: string) {
  const plain = readFileSync(file)
  const headers = {
    'content-type': contentType(file.replace(/.*\//, '')) || 'application/octet-stream',
    'cache-control': caching,
    'etag': `W/"${hash('sha1', plain, 'base64url')}"`,
    'vary': 'Accept-Encoding',
  }
  const whole = new Answer(200, plain, headers)
  const encoded = (encoding: Made) => {
    const sibling = file + ends[encoding]
    if (!existsSync(sibling)) return whole
    return new Answer(200, readFileSync(sibling), { ...headers, 'content-encoding': encoding })
  }
  return { 'br': encoded('br'), 'gzip': encoded('gzip'), '': whole }
}

/** The file that a path names, in the encoding or the range that is asked for; undefined where there is none. */
export function fileFor(request: IncomingMessage): Answer | undefined {
  const path = request.url!.split('?', 1)[0]
  // While releases change over, a page of one asks a copy of the other: better a neighbour's style sheet than none.
  const file = files.get(path) ?? (HASH.test(path) && neighbours.get(path.replace(HASH, '')))
  if (!file) return
  const { range, 'if-range': unless, 'if-none-match': known } = request.headers
  // what else is asked comes before a range, which may be ignored
  return range && !unless && !known && request.method === 'GET'
    ? part(file[''], range)
    : file[encodingFor<Made>(request, ['br', 'gzip'])]
}

function part(whole: Answer, range: string) {
  const size = whole.body.length
  if (!/^bytes=/i.test(range)) return whole
  const ranges = parseRange(size, range)
  if (ranges === -1) return new Answer(416, Buffer.alloc(0), { 'content-range': `bytes */${size}` })
  if (ranges === -2 || ranges.length > 1) return whole
  const [{ start, end }] = ranges
  return new Answer(206, whole.body.subarray(start, end + 1), {
    ...whole.headers,
    'content-range': `bytes ${start}-${end}/${size}`,
  })
}
