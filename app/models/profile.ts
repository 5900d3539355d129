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
}
