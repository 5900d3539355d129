import { args, flags } from '@adonisjs/core/ace'
import { DateTime } from 'luxon'
import User from '#models/user'
import { Refusal } from '#services/command_errors'
import { fields, UserCommand } from '#services/user_command'

export default class UsersCreate extends UserCommand {
  static commandName = 'users:create'
  static description = 'Create a user; the password is asked for, or read from standard input'
  static help = [
    'Examples:',
    '  {{ binaryName }} users:create ada --email ada@example.com --staff',
    '  {{ binaryName }} users:create ada <password.txt',
    '',
    'Exit codes: 0 created, 1 refused or failed, 2 called wrongly.',
  ]

  @args.string({ description: 'Name of the user: letters, digits and @ . + - _' })
  declare username: string

  @flags.string({ description: 'E-mail address' })
  declare email?: string

  @flags.string({ description: 'First name' })
  declare firstName?: string

  @flags.string({ description: 'Last name' })
  declare lastName?: string

  @flags.boolean({ description: 'Is staff, as the Django site knew it' })
  declare staff: boolean

  @flags.boolean({ description: 'Is a superuser, as the Django site knew it' })
  declare superuser: boolean

  protected async work() {
    const username = this.username.normalize('NFKC')
    await refuseTaken(username)
    const user = new User().merge({
      username,
      firstName: this.firstName ?? '',
      lastName: this.lastName ?? '',
      email: this.email ?? '',
      isStaff: this.staff ?? false,
      isSuperuser: this.superuser ?? false,
      isActive: true,
      dateJoined: DateTime.utc(),
    })
    await fields(User.validate(user))
    await user.setPassword(await this.askNew())
    // somebody may have taken the name while the password was typed
    await user.save().catch(async (error) => {
      await refuseTaken(username)
      throw error
    })
    this.say(`Created user ${user.username} (${user.id})`)
    return { id: user.id, username: user.username }
  }
}

async function refuseTaken(username: string) {
  if (await User.findBy({ username })) throw new Refusal(`there is a user ${username} already`)
}
