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

/** Ends with exit code 1: configuration errors in one line, everything else with its stack. */
export async function fail(error: any) {
  // should nothing be left to wait for while that is loaded which tells of it
  process.exitCode = 1
  if (error.code === 'E_INVALID_ENV_VARIABLES') {
    console.error(`Configuration error: ${error.help.replaceAll('\n', '; ').replaceAll('- ', '')}`)
  } else {
    await prettyPrintError(error)
  }
  // what has been opened by now, such as the database, would keep the process
  process.exit(1)
}
