import type { HttpContext } from '@adonisjs/core/http'
import { release } from '#config/app'
import { failingChecks } from '#services/health'

export default class HealthController {
  /** The process answers. */
  live({ response }: HttpContext) {
    response.header('Cache-Control', 'no-store')
    return { status: 'alive', release }
  }

  /** This copy should get requests; 503 with the names of the checks that fail otherwise. */
  async ready({ response }: HttpContext) {
    response.header('Cache-Control', 'no-store')
    const failing = await failingChecks()
    if (!failing.length) return { status: 'ready', release }
    response.status(503)
    return { status: 'unavailable', release, failing }
  }
}
