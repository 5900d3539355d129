import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'

/** The most bytes that one row may have: more is a quote or a bracket that was never closed. */
export const MAX_ROW = 1024 * 1024

/** Bytes read at once: what waits to be taken apart survives collections, so little should. */
const PIECE = 8 * 1024

/** What is wrong with a file as a whole, or from a line on. */
export class SourceError extends Error {
  constructor(
    message: string,
    readonly line?: number
  ) {
    super(message)
  }
}

/** A file's bytes or, for «-», those of standard input, checked to be UTF-8, and how far they are read. */
export async function openSource(path: string) {
  const source = { size: 0, read: 0, chunks: utf8(counted()) }
  if (path !== '-') {
    await access(path, constants.R_OK).catch((error) => {
      throw new SourceError(
        `cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`
      )
    })
    const file = await stat(path)
    if (file.isDirectory()) throw new SourceError('is a folder, not a file')
    source.size = file.size
  }

  async function* counted() {
    for await (const chunk of path === '-'
      ? process.stdin
      : createReadStream(path, { highWaterMark: PIECE })) {
      source.read += chunk.length
      yield chunk as Buffer
    }
    // a pipe has no size
    if (source.size && source.read !== source.size)
      throw new SourceError('the file has changed while it was read')
  }
  return source
}

/** Passes bytes on in pieces that hold whole characters, without a byte order mark; complains of what is not UTF-8. */
async function* utf8(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  let started = false
  let line = 1

  for await (const bytes of source) {
    let chunk = rest.length ? Buffer.concat([rest, bytes]) : bytes
    if (!started) {
      if (chunk.length < 3) {
        rest = chunk
        continue
      }
      started = true
      chunk = withoutMark(chunk)
    }
    const end = lastWhole(chunk)
    rest = chunk.subarray(end)
    chunk = chunk.subarray(0, end)
    check(chunk, line)
    line += linesIn(chunk)
    if (chunk.length) yield chunk
  }
  check(rest, line)
  if (rest.length) yield rest
}

/** How many lines end in a piece of a file. */
export function linesIn(bytes: Buffer) {
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++
  return lines
}

function withoutMark(chunk: Buffer) {
  if (/^(fffe|feff)/.test(chunk.toString('hex', 0, 2))) {
    throw new SourceError('is in UTF-16; save it in UTF-8')
  }
  return chunk.toString('hex', 0, 3) === 'efbbbf' ? chunk.subarray(3) : chunk
}

/** Where the last character begins that may go on in the next chunk; the chunk's end if there is none. */
function lastWhole(chunk: Buffer) {
  for (let back = 1; back <= Math.min(3, chunk.length); back++) {
    const byte = chunk[chunk.length - back]
    if (byte >= 0xc0)
      return chunk.length - (back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0)
  }
  return chunk.length
}

function check(chunk: Buffer, line: number) {
  if (isUtf8(chunk)) return
  for (let start = 0; ; line++) {
    const end = chunk.indexOf(10, start)
    const piece = chunk.subarray(start, end < 0 ? undefined : end)
    if (end < 0 || !isUtf8(piece)) throw new SourceError('is not UTF-8', line)
    start = end + 1
  }
}
