import { hasOne } from '@adonisjs/lucid/orm'
import type { HasOne } from '@adonisjs/lucid/types/relations'
import { UserSchema } from '#database/schema'
import Profile from '#models/profile'

/** An account. Only one with a profile is seen by visitors. */
export default class User extends UserSchema {
  @hasOne(() => Profile)
  declare profile: HasOne<typeof Profile>

  /** First and last name, or the username where neither is known. */
  get name() {
    return `${this.firstName} ${this.lastName}`.trim() || this.username
  }
}
