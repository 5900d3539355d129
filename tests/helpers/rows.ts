import { DateTime } from 'luxon'
import Address from '#models/address'
import Letting from '#models/letting'
import Profile from '#models/profile'
import User from '#models/user'

/** A letting in Reno, but for what is given. */
export async function givenLetting(title: string, address: Partial<Address> = {}) {
  const { id } = await Address.create({
    number: 1,
    street: 'Main Street',
    city: 'Reno',
    state: 'NV',
    zipCode: '01234',
    countryIsoCode: 'USA',
    ...address,
  })
  return Letting.create({ title, addressId: id })
}

/** A user with a profile. */
export async function givenProfile(
  username: string,
  user: Partial<User> = {},
  favoriteCity: string = ''
) {
  const { id } = await User.create({ username, password: '!', dateJoined: DateTime.utc(), ...user })
  return Profile.create({ userId: id, favoriteCity })
}
