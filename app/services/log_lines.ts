import type { destination } from '@adonisjs/core/logger'

type Destination = ReturnType<typeof destination>

/**
 * Hands on the lines of one turn of the event loop together: the destination measures what it has anew with each piece that comes, and
 * wakes a thread to write. At the end of the process nothing is left behind; SIGKILL takes the lines that are gathered. Where the
 * destination cannot be written, such as on a full disk, they wait in it until it can, and the process goes on without them.
 */
export function gathered(stream: Destination) {
  let lines = ''
  const handOn = () => {
    if (lines) stream.write(lines)
    lines = ''
  }
  let isFailing = false
  stream.on('write', () => (isFailing = false))
  stream.on('error', ({ message }: Error) => {
    if (!isFailing) console.error(`the log cannot be written: ${message}`)
    isFailing = true
  })
  // this would try for ever, at the end of the process too
  const flushSync = stream.flushSync.bind(stream)
  stream.flushSync = () => isFailing || flushSync()
  // before the destination's own last words
  process.prependListener('exit', handOn)
  return {
    write(line: string) {
      if (!lines) setImmediate(handOn)
      lines += line
    },
    flushSync() {
      handOn()
      stream.flushSync()
    },
  }
}
