import User from '#models/user'
import { AdminCommand, printable } from '#services/admin_command'

export default class UsersList extends AdminCommand {
  static commandName = 'users:list'
  static description = 'List all users, their roles and what their passwords are hashed with'
  static help = [
    'Examples:',
    '  {{ binaryName }} users:list',
    '  {{ binaryName }} users:list --json',
    '',
    'Exit codes: 0 listed, 1 failed, 2 called wrongly.',
  ]

  protected async work() {
    const found = await User.query().preload('profile').orderBy('id')
    const users = found.map((user) => ({
      id: user.id,
      username: user.username,
      name: `${user.firstName} ${user.lastName}`.trim(),
      email: user.email,
      role: user.isSuperuser ? 'superuser' : user.isStaff ? 'staff' : '',
      active: user.isActive,
      profile: user.profile?.id ?? null,
      password: algorithmOf(user.password),
    }))
    if (!this.json) {
      const table = this.ui
        .table()
        .head(['Id', 'Username', 'Name', 'E-mail', 'Role', 'Active', 'Profile', 'Password'])
      for (const user of users) {
        table.row(
          Object.values(user).map((value) =>
            value === true ? 'yes' : value === false ? 'no' : printable(String(value ?? ''))
          )
        )
      }
      table.render()
    }
    return { users }
  }
}

/** The name of the algorithm that a hash begins with; none where no password is right. */
function algorithmOf(password: string) {
  return /^\$?([a-z0-9_]+)\$/.exec(password)?.[1] ?? 'none'
}
