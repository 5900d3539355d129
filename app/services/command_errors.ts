import type { Problem } from '#services/import/problems'

/** A command that was called wrongly: exit code 2. */
export class UsageError extends Error {
  code = 'E_USAGE'

  constructor(
    message: string,
    /** Whether a machine asked. */
    readonly json = false
  ) {
    super(message)
  }

  /** Ace asks an error to show itself where it comes before the command has begun. */
  render(_: unknown, kernel: { exitCode?: number; ui: any }) {
    const { logger } = kernel.ui
    if (this.json) logger.log(JSON.stringify({ ok: false, error: this.message }))
    else logger.error(this.message)
    kernel.exitCode = 2
  }
}

/** What a command will not do, and all the reasons: exit code 1. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly problems: Problem[] = [],
    /** How many problems there are in all. */
    readonly count = problems.length
  ) {
    super(message)
  }
}
