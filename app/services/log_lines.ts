import type { destination } from '@adonisjs/core/logger'

type Destination = ReturnType<typeof destination>

/**
 * Hands on the lines of one turn of the event loop at once: the destination measures what it has anew with each piece that comes. At
 * the end of the process nothing is left behind.
 */
export function inTurns(stream: Destination) {
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
