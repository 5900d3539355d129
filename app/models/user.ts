import hash from '@adonisjs/core/services/hash'
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

  /**
   * Whether this is the user's password. A hash that is not as today's are, such as Django's, gives way to one that is.
   */
  async verifyPassword(password: string) {
    const hasher = hasherOf(this.password)
    if (!hasher || !(await hasher.verify(this.password, password))) return false
    return hasher.needsReHash(this.password) ? this.setPassword(password) : true
  }

  /**
   * Stores the hash of a new password, whatever else about the user today's rules would refuse. False if meanwhile the user has got
   * another one, which stays, or has gone.
   */
  async setPassword(password: string) {
    const known = { id: this.id, password: this.password }
    this.password = await hash.make(password)
    if (!this.$isPersisted) return true
    const [changed] = await User.query().where(known).update({ password: this.password })
    return changed > 0
  }
}

/** What can verify passwords by this hash, if anything can. */
export const hasherOf = (hashed: string) =>
  (['scrypt', 'django'] as const)
    .map((name) => hash.use(name))
    .find((hasher) => hasher.isValidHash(hashed))
