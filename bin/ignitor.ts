import 'reflect-metadata'
import { Ignitor, prettyPrintError } from '@adonisjs/core'

const APP_ROOT = new URL('../', import.meta.url)

/** The application that every entry point of bin/ starts from, with its environment validated first. */
export function createIgnitor() {
  return new Ignitor(APP_ROOT, {
    importer: (path) => import(path.startsWith('.') ? new URL(path, APP_ROOT).href : path),
  }).tap((app) => {
    app.booting(async () => {
      // ace asks an error to show itself, else prints its stack
      await import('#start/env').catch((error) => {
        throw Object.assign(error, isConfigurationError(error) && { render: () => tell(error) })
      })
    })
    app.listen('SIGTERM', () => app.terminate())
    app.listen('SIGINT', () => app.terminate())
  })
}

/** Ends with exit code 1: configuration errors in one line, everything else with its stack. */
export async function fail(error: any) {
  // should nothing be left to wait for while that is loaded which tells of it
  process.exitCode = 1
  if (isConfigurationError(error)) tell(error)
  else await prettyPrintError(error)
  // what has been opened by now, such as the database, would keep the process
  process.exit(1)
}

const isConfigurationError = (error: any) => error.code === 'E_INVALID_ENV_VARIABLES'

function tell({ help }: any) {
  console.error(`Configuration error: ${help.replaceAll('\n', '; ').replaceAll('- ', '')}`)
}
