/** Milliseconds in which the same thing is told a few times at most. */
const WINDOW = 5_000

/** Asked before each telling of something: true for the first `most` in a window. `tell` may say at its end how many more there were. */
export function bounded(most: number, tell?: (count: number) => void) {
  let seen = 0
  return () => {
    if (seen === 0) {
      setTimeout(() => {
        const count = seen - most
        seen = 0
        if (count > 0) tell?.(count)
      }, WINDOW).unref()
    }
    return ++seen <= most
  }
}
