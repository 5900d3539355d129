import { compile } from 'proxy-addr'
import env from '#start/env'

/** Whose X-Forwarded-* headers and X-Request-Id count: tells of an address and how many hops away it is. */
export const trustProxy = env.get('TRUST_PROXY') ?? compile('loopback')
