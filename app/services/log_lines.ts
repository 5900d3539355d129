import type { destination } from '@adonisjs/core/logger'

type Destination = ReturnType<typeof destination>

/** Milliseconds for which lines are gathered. */
const GATHERED = 10

/**
 * Hands lines on many at a time: the destination measures what it has anew with each piece that comes, and wakes a thread to write.
 * At the end of the process nothing is left behind; SIGKILL takes the lines that are gathered.
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
      if (!lines) setTimeout(handOn, GATHERED)
      lines += line
    },
    flushSync() {
      handOn()
      stream.flushSync()
    },
  }
}
