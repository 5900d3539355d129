import { rm } from 'node:fs/promises'
import app from '@adonisjs/core/services/app'
import testUtils from '@adonisjs/core/services/test_utils'
import db from '@adonisjs/lucid/services/db'
import { apiClient } from '@japa/api-client'
import { assert } from '@japa/assert'
import { browserClient } from '@japa/browser-client'
import { pluginAdonisJS } from '@japa/plugin-adonisjs'
import type { Config } from '@japa/runner/types'
import { chromium } from 'playwright'
import { sqliteFile } from '#config/database'
import { prepareDatabase } from '#services/database'
import { createFront } from '#start/front'

export const plugins: Config['plugins'] = [
  assert(),
  apiClient(),
  browserClient({
    runInSuites: ['browser'],
    launcher: (options) =>
      chromium.launch({
        ...options,
        executablePath: process.env.CHROMIUM,
        args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update'],
      }),
  }),
  pluginAdonisJS(app),
]

/** An empty database, migrated and seeded as a new site has it. */
async function freshDatabase() {
  if (db.primaryConnectionName === 'mysql') {
    const [[{ name }]] = await db.rawQuery('select database() as name')
    if (!name.includes('test')) {
      throw new Error(
        `the tests empty their database: its name must contain "test", and "${name}" does not`
      )
    }
    await db.connection().dropAllTables()
  } else {
    for (const end of ['', '-wal', '-shm']) await rm(sqliteFile + end, { force: true })
  }
  await prepareDatabase()
}

export const setup: Config['setup'] = [freshDatabase]

/** These suites talk to a server that runs in the tests' own process. */
export const configureSuite: Config['configureSuite'] = (suite) => {
  if (['functional', 'browser'].includes(suite.name)) {
    suite.setup(() => testUtils.httpServer().start(createFront))
  }
}
