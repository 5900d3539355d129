import Factory from '@adonisjs/lucid/factories'
import { demoLetting } from '#database/demo'
import Address from '#models/address'
import Letting from '#models/letting'

type Options = {
  /** Fields that all the addresses share. */
  address?: Partial<Omit<ReturnType<typeof demoLetting>, 'title'>>
}

/** Lettings at their addresses: `await lettingFactory({ address: { city: 'Brunswick' } }).createMany(30)`. */
export function lettingFactory({ address }: Options = {}) {
  let next = 0
  let demo: ReturnType<typeof demoLetting>

  const addresses = Factory.define(Address, () => {
    const { title, ...fields } = demo
    return { ...fields, ...address }
  }).build()

  return Factory.define(Letting, () => {
    demo = demoLetting(next++)
    return { title: demo.title }
  })
    .relation('address', () => addresses)
    .build()
    .with('address')
}
