import { afterDelete, beforeSave, belongsTo } from '@adonisjs/lucid/orm'
import type { BelongsTo } from '@adonisjs/lucid/types/relations'
import { ProfileSchema } from '#database/schema'
import User from '#models/user'
import { profileValidator } from '#validators/profile'

/** What a user shows to visitors. */
export default class Profile extends ProfileSchema {
  @belongsTo(() => User)
  declare user: BelongsTo<typeof User>

  @beforeSave()
  static async validate(profile: Profile) {
    profile.merge(await profileValidator.validate(profile.$attributes))
  }

  @afterDelete()
  static async deleteUser(profile: Profile) {
    await User.query({ client: profile.$trx }).where('id', profile.userId).delete()
  }

  /** All of them with their users, in the order of the lists. */
  static listed() {
    return this.query().preload('user').orderBy('profiles.id')
  }

  /** The one of the user with exactly this name. */
  static ofUsername(username: string) {
    return this.listed().whereIn('user_id', User.query().select('id').where('username', username))
  }
}
