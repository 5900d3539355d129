import { pipeline, Readable } from 'node:stream'
import { Tokenizer, TokenParser, TokenType } from '@streamparser/json'
import { CsvError, parse } from 'csv-parse'
import { linesIn, MAX_ROW, SourceError } from '#services/import/source'

/**
 * A row of a file: the line it begins on and its values by the names that the file gives them, or why it cannot be read. CSV
 * has its names first.
 */
export type FileRow = { line: number; names?: string[]; values?: unknown; why?: string }

type Reader = (chunks: AsyncIterable<Buffer>) => AsyncGenerator<FileRow>

/** What an import reads, by the name of the format. All throw a SourceError where the rest cannot be read. */
export const readers = { csv: readCsv, json: readJson, ndjson: readNdjson } satisfies Record<
  string,
  Reader
>

export type Format = keyof typeof readers

/** The format that a file's name promises. */
export function formatOf(path: string): Format | undefined {
  const end = /\.(csv|json|ndjson|jsonl)$/i.exec(path)?.[1].toLowerCase()
  return end === 'jsonl' ? 'ndjson' : (end as Format | undefined)
}

/** CSV with a header: each row an object of texts. Cells that a spreadsheet would take for formulas come escaped: `'=`. */
async function* readCsv(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileRow> {
  let header: string[] | undefined
  // where the last row ends, and how many lines were empty up to there
  let last = 0
  let empty = 0
  let twofold = 0
  const begin = (emptyLines: number) => last + 1 + emptyLines - empty
  const parser = parse({
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: MAX_ROW,
    on_record(record: string[], { lines, empty_lines: emptyLines }): any {
      const line = begin(emptyLines)
      // the parser counts in a cell CR and LF each
      for (const cell of record) twofold += cell.match(/\r\n/g)?.length ?? 0
      last = lines - twofold
      empty = emptyLines
      return { record, line }
    },
  })
  // an error of either side comes out of the parser
  pipeline(Readable.from(chunks, { objectMode: false }), parser, () => {})

  try {
    for await (const { record, line } of parser as AsyncIterable<{
      record: string[]
      line: number
    }>) {
      if (!header) {
        header = record
        const twice = header.find((name, i) => record.indexOf(name) < i)
        if (twice !== undefined)
          throw new SourceError(`the header names the column ${JSON.stringify(twice)} twice`, line)
        yield { line, names: header }
        continue
      }
      if (record.length !== header.length) {
        yield { line, why: `has ${record.length} cells, and the header has ${header.length}` }
        continue
      }
      const values: Record<string, string> = {}
      for (const [i, cell] of record.entries()) {
        values[header[i]] = /^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell
      }
      yield { line, values }
    }
  } catch (error) {
    throw error instanceof CsvError ? csvError(error, begin(Number(error.empty_lines))) : error
  }
  if (!header) throw new SourceError('is empty: it needs a header at least')
}

function csvError({ code, message }: CsvError, line: number) {
  const why: Record<string, string> = {
    CSV_MAX_RECORD_SIZE: `is longer than ${MAX_ROW} bytes: is a quote not closed?`,
    CSV_QUOTE_NOT_CLOSED: 'the file ends inside quotes',
    INVALID_OPENING_QUOTE: 'has a quote inside a cell that does not begin with one',
    CSV_INVALID_CLOSING_QUOTE: 'has text behind a closing quote',
  }
  return new SourceError(why[code] ?? message, line)
}

/** One JSON array of objects, in pieces. */
async function* readJson(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileRow> {
  const parser = new TokenParser({ paths: ['$.*'], keepStack: false })
  // decodes each text as a whole: by pieces it would leave out a byte order mark that stands inside of one
  const tokenizer = new Tokenizer({ stringBufferSize: MAX_ROW })
  const found: FileRow[] = []
  let line = 1
  let start = 1
  let depth = 0
  let chunk: Buffer = Buffer.alloc(0)
  // offsets in the whole file: where this chunk begins, how far its lines are counted, where its row begins
  let offset = 0
  let counted = 0
  let row = 0

  const countLines = (end: number) => {
    line += linesIn(chunk.subarray(counted - offset, end - offset))
    counted = end
  }
  tokenizer.onToken = (token) => {
    const opens = token.token === TokenType.LEFT_BRACE || token.token === TokenType.LEFT_BRACKET
    const closes = token.token === TokenType.RIGHT_BRACE || token.token === TokenType.RIGHT_BRACKET
    if (depth === 0 && token.token !== TokenType.LEFT_BRACKET)
      throw new SourceError('must hold one array of objects')
    if (depth <= 1) {
      countLines(Math.max(counted, token.offset))
      start = line
      row = token.offset
    }
    if (opens && ++depth > 16) throw new SourceError('is nested deeper than 16 levels', start)
    if (closes) depth--
    parser.write(token)
  }
  parser.onValue = ({ value }) => {
    found.push({ line: start, values: value })
  }

  try {
    for await (chunk of chunks) {
      tokenizer.write(chunk)
      if (offset + chunk.length - row > MAX_ROW) {
        throw new SourceError(
          `is longer than ${MAX_ROW} bytes: is a bracket or a quote not closed?`,
          start
        )
      }
      countLines(offset + chunk.length)
      offset += chunk.length
      yield* found.splice(0)
    }
    if (depth === 0 && !tokenizer.isEnded) tokenizer.end()
    if (!parser.isEnded) throw new SourceError('the file ends before its array does', line)
  } catch (error) {
    yield* found.splice(0)
    if (error instanceof SourceError) throw error
    const [what, position] = (error as Error).message.split(/ at chunk .*absolute position "/)
    if (position) countLines(Number.parseInt(position))
    throw new SourceError(`is not JSON: ${what}`, line)
  }
}

/** JSON objects, one a line. */
async function* readNdjson(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileRow> {
  let rest = ''
  let line = 0
  const row = (text: string): FileRow => {
    try {
      return { line, values: JSON.parse(text) }
    } catch (error) {
      return { line, why: `is not JSON: ${(error as Error).message}` }
    }
  }
  for await (const chunk of chunks) {
    // an LF may follow in the next chunk
    const lines = (rest + chunk.toString()).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop()!
    for (const text of lines) {
      line++
      if (text.trim()) yield row(text)
    }
    if (rest.length > MAX_ROW) throw new SourceError(`is longer than ${MAX_ROW} bytes`, line + 1)
  }
  line++
  if (rest.trim()) yield row(rest)
}
