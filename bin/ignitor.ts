import 'reflect-metadata'
import { Ignitor, prettyPrintError } from '@adonisjs/core'

const APP_ROOT = new URL('../', import.meta.url)

/** The application that every entry point of bin/ starts from, with its environment validated first. */
export function createIgnitor() {
  return new Ignitor(APP_ROOT, {
    importer: (path) => import(path.startsWith('.') ? new URL(path, APP_ROOT).href : path),
  }).tap((app) => {
    app.booting(async () => {
      await import('#start/env')
    })
    app.listen('SIGTERM', () => app.terminate())
    app.listen('SIGINT', () => app.terminate())
  })
}

/** Ends with exit code 1: configuration errors in one line a variable, everything else with its stack. */
export function fail(error: any) {
  process.exitCode = 1
  if (error.code === 'E_INVALID_ENV_VARIABLES') {
    console.error(`Configuration error: ${error.help.replaceAll('\n', '; ').replaceAll('- ', '')}`)
    return
  }
  return prettyPrintError(error)
}
