import { args, flags } from '@adonisjs/core/ace'
import User from '#models/user'
import { Refusal } from '#services/command_errors'
import { UserCommand } from '#services/user_command'

export default class UsersPassword extends UserCommand {
  static commandName = 'users:password'
  static description =
    "Change a user's password, or check it; it is asked for, or read from standard input"
  static help = [
    "Checking a password that still has Django's hash replaces the hash by one of today's.",
    '',
    'Examples:',
    '  {{ binaryName }} users:password ada',
    '  {{ binaryName }} users:password ada --check <password.txt',
    '',
    'Exit codes: 0 changed, or right; 1 refused, wrong or failed; 2 called wrongly.',
  ]

  @args.string({ description: 'Name of the user' })
  declare username: string

  @flags.boolean({ description: 'Only say whether the password is right' })
  declare check: boolean

  protected async work() {
    const user = await User.findBy('username', this.username.normalize('NFKC'))
    if (!user) throw new Refusal(`there is no user ${this.username}`)
    if (this.check) {
      if (!(await user.verifyPassword(await this.ask('Password'))))
        throw new Refusal('the password is wrong')
      this.say('The password is right')
    } else {
      if (!(await user.setPassword(await this.askNew())))
        throw new Refusal(`somebody else has just changed ${user.username}: nothing was changed`)
      this.say(`Changed the password of ${user.username}`)
    }
    return { username: user.username }
  }
}
