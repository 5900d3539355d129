import { defineConfig, drivers } from '@adonisjs/core/hash'
import { DjangoHasher } from '#services/django_hasher'

const hash = defineConfig({
  default: 'scrypt',
  list: {
    scrypt: drivers.scrypt({ cost: 16384, blockSize: 8, parallelization: 1 }),
    // what users of the original site have until they are verified for the first time
    django: () => new DjangoHasher({ iterations: 1_000_000 }),
  },
})

export default hash

declare module '@adonisjs/core/types' {
  export interface HashersList extends InferHashers<typeof hash> {}
}
