import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { HashDriverContract } from '@adonisjs/core/types/hash'

const FORMAT = /^pbkdf2_sha256\$([1-9]\d{0,7})\$([^$]+)\$([A-Za-z0-9+/]{43}=)$/

/** Reads the password hashes that Django makes by default: PBKDF2 with SHA-256 and any number of iterations. */
export class DjangoHasher implements HashDriverContract {
  constructor(private options: { iterations: number }) {}

  isValidHash(value: string) {
    return FORMAT.test(value)
  }

  async make(value: string) {
    const salt = randomBytes(16).toString('base64url')
    const hash = await derive(value, salt, this.options.iterations)
    return `pbkdf2_sha256$${this.options.iterations}$${salt}$${hash.toString('base64')}`
  }

  async verify(hashedValue: string, plainValue: string) {
    const [, iterations, salt, hash] = FORMAT.exec(hashedValue) ?? []
    if (!hash) return false
    return timingSafeEqual(
      await derive(plainValue, salt, Number(iterations)),
      Buffer.from(hash, 'base64')
    )
  }

  /** Always: the site's own hash is another one. */
  needsReHash() {
    return true
  }
}

const derive = (value: string, salt: string, iterations: number) =>
  promisify(pbkdf2)(value, salt, iterations, 32, 'sha256')
