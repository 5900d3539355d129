import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync } from 'node:zlib'
import fresh from 'fresh'
import { trustProxy } from '#config/proxies'
import { securityHeaders, strictTransport } from '#services/security_headers'

/** How an answer is compressed; '' is not at all. */
export type Encoding = 'br' | 'gzip' | ''

const takes = (name: string) => new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))`, 'i')
const takesBrotli = takes('br')
const takesGzip = takes('gzip')

/** The best encoding that a client takes. */
export function encodingFor({ headers }: IncomingMessage): Encoding {
  const accepted = headers['accept-encoding'] as string | undefined
  if (!accepted) return ''
  if (takesBrotli.test(accepted)) return 'br'
  return takesGzip.test(accepted) ? 'gzip' : ''
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
    // AdonisJS' middleware has set some of them already
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    response.writeHead(isKnown ? 304 : this.status, own)
    response.end(isKnown || method === 'HEAD' ? undefined : this.body)
  }
}

/** Bytes from which compression is worth its headers. */
const THRESHOLD = 860

/** Bytes up to which compressing takes less than handing the text to another thread. */
const SMALL = 64 * 1024

const compressors = {
  br(text: Buffer) {
    const params = {
      // a twentieth larger than 5, in half the time
      [constants.BROTLI_PARAM_QUALITY]: 4,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
      // pages are small: 64 KB to look back, instead of 4 MB made ready for each
      [constants.BROTLI_PARAM_LGWIN]: 16,
    }
    return text.length > SMALL
      ? inThread.br(text, { params })
      : brotliCompressSync(text, { params })
  },
  gzip: (text: Buffer) => (text.length > SMALL ? inThread.gzip(text) : gzipSync(text)),
}
const inThread = { br: promisify(brotliCompress), gzip: promisify<Buffer, Buffer>(gzip) }

/** An answer of text, compressed if that is worth it, with its validator if it is a page that is there. */
export async function answerWithText(
  text: string,
  encoding: Encoding,
  { status, headers, route }: { status: number; headers: Record<string, string>; route?: string }
) {
  const plain = Buffer.from(text)
  const all: Record<string, string> = { ...headers, vary: 'Accept-Encoding' }
  // weak, for it names the text in all its encodings
  if (status === 200) all.etag = `W/"${createHash('sha1').update(plain).digest('base64url')}"`
  if (!encoding || plain.length < THRESHOLD) return new Answer(status, plain, all, route)
  const body = await compressors[encoding](plain)
  return new Answer(status, body, { ...all, 'content-encoding': encoding }, route)
}
