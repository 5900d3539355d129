import { setTimeout } from 'node:timers/promises'

/** Asks until the answer is something true; after `seconds` fails with what was waited for and the last answer or error. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | false | undefined>,
  seconds = 20
): Promise<T> {
  const deadline = Date.now() + seconds * 1_000
  let last: unknown
  while (Date.now() < deadline) {
    try {
      const answer = await ask()
      if (answer) return answer
      last = answer
    } catch (error) {
      last = error
    }
    await setTimeout(50)
  }
  throw new Error(`waited ${seconds} s in vain: ${what}`, { cause: last })
}
