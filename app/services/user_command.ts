import { text } from 'node:stream/consumers'
import { AdminCommand } from '#services/admin_command'
import { Refusal } from '#services/command_errors'
import { passwordValidator } from '#validators/profile'

/** What the commands about users have in common. */
export abstract class UserCommand extends AdminCommand {
  /** A password from the terminal without echo or, without a terminal, the first line of standard input. */
  protected async ask(question: string) {
    if (process.stdin.isTTY) return await this.prompt.secure(question)
    const input = await text(process.stdin)
    return input.split(/\r?\n/, 1)[0]
  }

  /** A new password, typed twice on a terminal. */
  protected async askNew() {
    const password = await this.ask('Password')
    await fields(passwordValidator.validate({ password }))
    if (process.stdin.isTTY && (await this.ask('The same again')) !== password) {
      throw new Refusal('the two passwords differ: nothing was changed')
    }
    return password
  }
}

/** Turns what a validator refuses into what a command refuses. */
export async function fields(validation: Promise<unknown>) {
  try {
    await validation
  } catch (error: any) {
    if (error.code !== 'E_VALIDATION_ERROR') throw error
    const problems = error.messages.map(({ field, message }: any) => ({
      column: field,
      why: message,
    }))
    throw new Refusal('nothing was changed', problems)
  }
}
