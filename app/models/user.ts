import { beforeSave, hasOne } from '@adonisjs/lucid/orm'
import type { HasOne } from '@adonisjs/lucid/types/relations'
import { UserSchema } from '#database/schema'
import Profile from '#models/profile'
import { userValidator } from '#validators/profile'

/** An account. Only one with a profile is seen by visitors. */
export default class User extends UserSchema {
  @hasOne(() => Profile)
  declare profile: HasOne<typeof Profile>

  @beforeSave()
  static async validate(user: User) {
    user.merge(await userValidator.validate(user.$attributes))
  }

  /** First and last name, or the username where neither is known. */
  get name() {
    return `${this.firstName} ${this.lastName}`.trim() || this.username
  }
}
