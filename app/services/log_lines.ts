import type { destination } from '@adonisjs/core/logger'

type Destination = ReturnType<typeof destination>

/**
 * Hands on the lines of one turn of the event loop together: the destination measures what it has anew with each piece that comes, and
 * wakes a thread to write. At the end of the process nothing is left behind; SIGKILL takes the lines that are gathered.
 */
export function gathered(stream: Destination) {
  let lines = ''
  const handOn = () => {
    if (lines) stream.write(lines)
    lines = ''
  }
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
