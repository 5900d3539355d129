import app from '@adonisjs/core/services/app'
import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'
import sirv from 'sirv'

/** The files of public/, listed once at boot: whether a path is one of them costs no look at the disk. */
const serve = sirv(app.publicPath(), {
  dev: app.inDev,
  etag: true,
  gzip: true,
  brotli: true,
  extensions: [],
  setHeaders(response, path) {
    // names under assets/ change with their contents
    const lasting = path.startsWith('/assets/')
      ? 'max-age=31536000, immutable'
      : 'max-age=3600, must-revalidate'
    response.setHeader('Cache-Control', `public, ${lasting}`)
  },
})

export default class StaticFilesMiddleware {
  handle({ request, response }: HttpContext, next: NextFn) {
    return new Promise<void>((resolve, reject) => {
      response.response.once('close', resolve)
      serve(request.request, response.response, () => next().then(resolve, reject))
    })
  }
}
