import Factory from '@adonisjs/lucid/factories'
import { DateTime } from 'luxon'
import { demoProfile } from '#database/demo'
import Profile from '#models/profile'
import User from '#models/user'

type Options = {
  /** Fields that all the users share; none of them can sign in. */
  user?: Partial<Omit<ReturnType<typeof demoProfile>, 'favoriteCity'>>
}

/** Profiles with their users: `await profileFactory({ user: { firstName: 'Ada' } }).merge({ favoriteCity: 'Berlin' }).createMany(3)`. */
export function profileFactory({ user }: Options = {}) {
  let next = 0
  let demo: ReturnType<typeof demoProfile>

  const users = Factory.define(User, () => {
    const { favoriteCity, ...fields } = demo
    const dateJoined = DateTime.fromISO('2020-06-14T09:44:05Z', { zone: 'utc' }).plus({
      hours: next,
    })
    return { ...fields, password: '!', dateJoined, ...user }
  }).build()

  return Factory.define(Profile, () => {
    demo = demoProfile(next++)
    return { favoriteCity: demo.favoriteCity }
  })
    .relation('user', () => users)
    .build()
    .with('user')
}
