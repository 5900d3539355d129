import { existsSync, readdirSync } from 'node:fs'
import app from '@adonisjs/core/services/app'
import { createError } from '@adonisjs/core/exceptions'
import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'
import sirv from 'sirv'

const E_METHOD_NOT_ALLOWED = createError('A file can only be read', 'E_METHOD_NOT_ALLOWED', 405)

/** The files of public/, listed once at boot: whether a path is one of them costs no look at the disk. */
const serve = sirv(app.publicPath(), {
  dev: app.inDev,
  etag: true,
  gzip: true,
  brotli: true,
  extensions: [],
  setHeaders(response, path) {
    // sirv itself serves whatever the method is
    if (!/^(GET|HEAD)$/.test(response.req.method!)) throw new E_METHOD_NOT_ALLOWED()
    if (response.hasHeader('Cache-Control')) return
    // names under assets/ change with their contents
    const lasting = path.startsWith('/assets/')
      ? 'max-age=31536000, immutable'
      : 'max-age=3600, must-revalidate'
    response.setHeader('Cache-Control', `public, ${lasting}`)
  },
})

/** What Vite puts into a name so that it changes with the contents. */
const HASH = /-[\w-]{8}(?=\.\w+$)/

/** This release's assets by their names without the hash. */
const assets = new Map(
  existsSync(app.publicPath('assets'))
    ? readdirSync(app.publicPath('assets')).map((file) => [
        `/assets/${file.replace(HASH, '')}`,
        `/assets/${file}`,
      ])
    : []
)

export default class StaticFilesMiddleware {
  handle({ request, response }: HttpContext, next: NextFn) {
    const req = request.request
    const res = response.response
    return new Promise<void>((resolve, reject) => {
      const goOn = () => next().then(resolve, reject)
      res.once('close', resolve)
      serve(req, res, () => {
        // While releases change over, a page of one asks a copy of the other: better a neighbour's style sheet than none.
        const own =
          req.url!.startsWith('/assets/') &&
          HASH.test(req.url!) &&
          assets.get(req.url!.replace(HASH, ''))
        if (!own) return goOn()
        req.url = own
        res.setHeader('Cache-Control', 'no-store')
        serve(req, res, goOn)
      })
    })
  }
}
