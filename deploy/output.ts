import { appendFileSync } from 'node:fs'

/** Ends the command with exit code 1 (failed) or 2 (nothing was touched: usage, settings). */
export class Failure extends Error {
  exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

const secrets = new Set<string>()

/** Keeps a value out of everything that is printed from now on, whoever prints it. */
export function hide(...values: (string | undefined)[]) {
  for (const value of values) if (value && value.length > 3) secrets.add(value)
}

/** Text with every hidden value masked, longest first. */
export function masked(text: string): string {
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
  return longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}

const began = Date.now()

/** One progress line, with the seconds since the start. */
export function say(line: string) {
  const seconds = ((Date.now() - began) / 1000).toFixed(1).padStart(6)
  process.stdout.write(`${seconds}s  ${masked(line)}\n`)
}

/** What the run came to: printed, and put on the job's page when GitHub runs it. */
export function summarize(lines: string[]) {
  for (const line of lines) say(line)
  const file = process.env.GITHUB_STEP_SUMMARY
  if (file) appendFileSync(file, masked(lines.join('  \n')) + '\n')
}
