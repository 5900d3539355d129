import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'

/** Bytes from which compression is worth its headers. */
const THRESHOLD = 860

const encoders = {
  br: (body: Buffer) =>
    promisify(brotliCompress)(body, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 5,
        [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
      },
    }),
  gzip: (body: Buffer) => promisify(gzip)(body, { level: 6 }),
}

/** Gives every text that a controller returns its validator, its caching rule and the best encoding that the client takes. */
export default class PageMiddleware {
  async handle({ request, response }: HttpContext, next: NextFn) {
    await next()

    const content = response.getBody()
    if (typeof content !== 'string' || content === '') return
    response.safeHeader('Content-Type', 'text/html; charset=utf-8')
    response.vary('Accept-Encoding')

    if (response.getStatus() === 200) {
      response.safeHeader('Cache-Control', 'public, max-age=0, must-revalidate')
      // weak, for it names the page in all its encodings
      response.header('ETag', `W/"${createHash('sha1').update(content).digest('base64url')}"`)
      if (response.fresh()) return response.status(304).send(null)
    }

    const body = Buffer.from(content)
    if (body.length < THRESHOLD) return
    const accepted = request.encodings()
    const encoding = (['br', 'gzip'] as const).find((name) => accepted.includes(name))
    if (!encoding) return
    response.header('Content-Encoding', encoding)
    response.send(await encoders[encoding](body))
  }
}
