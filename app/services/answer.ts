import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { promisify } from 'node:util'
import zlib, { constants } from 'node:zlib'
import fresh from 'fresh'
import { trustProxy } from '#config/proxies'
import { securityHeaders, strictTransport } from '#services/security_headers'

/** How an answer is compressed; '' is not at all. */
export type Encoding = Compression | ''
type Compression = 'zstd' | 'br' | 'gzip'

const takes = (name: string) => new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))`, 'i')
const isTaken = { zstd: takes('zstd'), br: takes('br'), gzip: takes('gzip') }
/** For what is compressed while somebody waits: Zstandard comes to a twentieth more than Brotli in a fifth of the time. */
const quickest: Compression[] = ['zstd', 'br', 'gzip']

/** The first of these encodings that a client takes. */
export function encodingFor<Of extends Compression = Compression>(
  { headers }: IncomingMessage,
  offered = quickest as Of[]
): Of | '' {
  const accepted = headers['accept-encoding'] as string | undefined
  return (accepted && offered.find((name) => isTaken[name].test(accepted))) || ''
}

/** An answer made once for everybody who asks for the same, in one encoding. */
export class Answer {
  readonly #headers: string[]
  readonly #unchanged: string[]

  constructor(
    readonly status: number,
    readonly body: Buffer,
    /** Names in lower case. */
    readonly headers: Record<string, string>,
    /** The pattern of the route that it answers, for log and metrics. */
    readonly route?: string
  ) {
    const all = Object.entries({ ...securityHeaders, ...headers })
    this.#headers = [...all, ['content-length', String(body.length)]].flat()
    this.#unchanged = all.filter(([name]) => !/^content-(type|encoding)$/.test(name)).flat()
  }

  /** Sends it under the name of the request, or 304 to a client that has it. */
  send(request: IncomingMessage, response: ServerResponse, id: string) {
    const { headers, method, socket } = request
    const isKnown =
      this.status === 200 && headers['if-none-match'] && fresh(headers, { etag: this.headers.etag })
    const isSecure =
      String(headers['x-forwarded-proto']).startsWith('https') &&
      trustProxy(socket.remoteAddress ?? '', 0)
    const own = [...(isKnown ? this.#unchanged : this.#headers), 'x-request-id', id]
    if (isSecure) own.push(...strictTransport)
    // takes the place of those that AdonisJS' middleware has set already
    response.writeHead(isKnown ? 304 : this.status, own)
    // what comes behind an answer at which its client was cut off would wait with the rest of them
    if (isKnown || method === 'HEAD' || socket.destroyed) return void response.end()
    response.end(this.body)
    // of most the system has taken all by now
    if (response.writableLength) watchMemory(socket, response, this.body.length)
  }
}

/** Bytes of answers that may wait for those who have asked, on all connections: a picture has 100 KB. */
const ROOM = 64 * 1024 * 1024
const waiting = new Map<ServerResponse, { socket: Socket; bytes: number }>()
let bytesWaiting = 0

/** Cuts those off who have read nothing for longest, where answers would fill the memory. */
function watchMemory(socket: Socket, response: ServerResponse, bytes: number) {
  waiting.set(response, { socket, bytes })
  bytesWaiting += bytes
  response.once('close', () => taken(response))
  for (const [oldest, { socket: slow }] of waiting) {
    if (bytesWaiting <= ROOM) break
    slow.destroy()
    taken(oldest)
  }
}

function taken(response: ServerResponse) {
  bytesWaiting -= waiting.get(response)?.bytes ?? 0
  waiting.delete(response)
}

/** Bytes from which compression is worth its headers. */
const THRESHOLD = 860

/** Characters up to which a text, such as any page, is compressed at once: handing it to another thread takes hardly less. */
const SMALL = 128 * 1024

/** Where small texts are encoded, one after the other: fresh memory would cost each of them more than that. */
const scratch = Buffer.allocUnsafeSlow(3 * SMALL)

const brotli = {
  params: {
    // a twentieth larger than 5, in half the time
    [constants.BROTLI_PARAM_QUALITY]: 4,
    // pages are small: 64 KB to look back, instead of 4 MB made ready for each
    [constants.BROTLI_PARAM_LGWIN]: 16,
  },
}

const zstd = (text: Buffer) => ({
  // so that it makes ready for that much only: more than a quarter of its time for a page
  pledgedSrcSize: text.length,
  // a fiftieth larger than 3, in three quarters of the time
  params: { [constants.ZSTD_c_compressionLevel]: 1 },
})

type Compress = (text: Buffer) => Buffer | Promise<Buffer>
const compressors: Record<Compression, { atOnce: Compress; inThread: Compress }> = {
  zstd: {
    atOnce: (text) => zlib.zstdCompressSync(text, zstd(text)),
    inThread: (text) => promisify(zlib.zstdCompress)(text, zstd(text)),
  },
  br: {
    atOnce: (text) => zlib.brotliCompressSync(text, brotli),
    inThread: (text) => promisify(zlib.brotliCompress)(text, brotli),
  },
  gzip: { atOnce: zlib.gzipSync, inThread: promisify(zlib.gzip) },
}

/** An answer of text, compressed if that is worth it, with its validator if it is a page that is there. */
export async function answerWithText(
  text: string,
  encoding: Encoding,
  { status, headers, route }: { status: number; headers: Record<string, string>; route?: string }
) {
  const isSmall = text.length <= SMALL
  const plain = isSmall ? scratch.subarray(0, scratch.write(text)) : Buffer.from(text)
  const all: Record<string, string> = { ...headers, vary: 'Accept-Encoding' }
  // weak, for it names the text in all its encodings
  if (status === 200) all.etag = `W/"${hash('sha1', plain, 'base64url')}"`
  if (!encoding || plain.length < THRESHOLD) return new Answer(status, alone(plain), all, route)
  const { atOnce, inThread } = compressors[encoding]
  const body = alone(isSmall ? await atOnce(plain) : await inThread(plain))
  return new Answer(status, body, { ...all, 'content-encoding': encoding }, route)
}

/** A copy in memory of its own: Node's small buffers share pieces of 64 KB, each of which lives as long as any buffer in it. */
function alone(bytes: Buffer) {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}
