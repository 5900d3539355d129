import vine from '@vinejs/vine'
import { USERNAME } from '#services/params'
import { id, rules, text } from '#validators/rules'

const usernameRule = vine.createRule((value, _, field) => {
  if (typeof value !== 'string') return
  const username = value.normalize('NFKC')
  if (!USERNAME.test(username)) {
    field.report(
      'must have 1 to 150 letters, digits or @ . + - _ and nothing else',
      'username',
      field
    )
  } else if (/^\.\.?$/.test(username)) {
    field.report('must not be "." or "..": a URL cannot name it', 'username', field)
  } else field.mutate(username, field)
})

const emailRule = vine.createRule((value, _, field) => {
  if (value && !vine.helpers.isEmail(value as string)) {
    field.report('must be an e-mail address, or empty', 'email', field)
  }
})

const passwordRule = vine.createRule((value, _, field) => {
  const { length } = [...String(value)]
  if (length < 8 || length > 256)
    field.report(`must have 8 to 256 characters, not ${length}`, 'password', field)
})

const user = {
  username: vine.string().use(usernameRule()),
  firstName: text({ min: 0, max: 150 }).optional(),
  lastName: text({ min: 0, max: 150 }).optional(),
  email: text({ min: 0, max: 254 }).use(emailRule()).optional(),
}

const profile = { favoriteCity: text({ min: 0, max: 64 }).optional() }

/** What a new password must be like. */
export const passwordValidator = rules({ password: vine.string().use(passwordRule()) })

/** What a user must be like to be saved. */
export const userValidator = rules(user)

/** What a profile must be like to be saved. */
export const profileValidator = rules(profile)

/** A profile and its user in one row, as an import reads it. */
export const profileRowValidator = rules({ id: id(), ...user, ...profile })
