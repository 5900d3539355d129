import { indexEntities } from '@adonisjs/core'
import { defineConfig } from '@adonisjs/core/app'

export default defineConfig({
  commands: [
    () => import('@adonisjs/core/commands'),
    () => import('@adonisjs/lucid/commands'),
    // ours in Lucid's place
    async () => {
      const { ListLoader } = await import('@adonisjs/core/ace')
      const { default: DbSeed } = await import('./commands/db_seed.js')
      const { default: MigrationRun } = await import('./commands/migration_run.js')
      return new ListLoader([DbSeed, MigrationRun])
    },
  ],

  providers: [
    () => import('@adonisjs/core/providers/app_provider'),
    () => import('@adonisjs/core/providers/hash_provider'),
    { file: () => import('@adonisjs/core/providers/repl_provider'), environment: ['repl', 'test'] },
    () => import('@adonisjs/core/providers/edge_provider'),
    () => import('#providers/assets_provider'),
    () => import('@adonisjs/lucid/database_provider'),
    () => import('#providers/page_cache_provider'),
    { file: () => import('#providers/server_provider'), environment: ['web'] },
  ],

  preloads: [
    () => import('#start/view'),
    { file: () => import('#start/routes'), environment: ['web', 'test', 'console'] },
    { file: () => import('#start/kernel'), environment: ['web', 'test', 'console'] },
  ],

  tests: {
    suites: [
      { name: 'unit', files: ['tests/unit/**/*.spec.ts'], timeout: 10_000 },
      { name: 'functional', files: ['tests/functional/**/*.spec.ts'], timeout: 30_000 },
      { name: 'console', files: ['tests/console/**/*.spec.ts'], timeout: 60_000 },
      { name: 'pipeline', files: ['tests/pipeline/**/*.spec.ts'], timeout: 30_000 },
      { name: 'container', files: ['tests/container/**/*.spec.ts'], timeout: 300_000 },
      { name: 'browser', files: ['tests/browser/**/*.spec.ts'], timeout: 60_000 },
    ],
    // a spec that cannot be imported fails the run instead of holding it
    forceExit: true,
  },

  metaFiles: [
    { pattern: 'resources/views/**/*.edge', reloadServer: false },
    { pattern: 'public/**', reloadServer: false },
    { pattern: 'database/data/**', reloadServer: false },
  ],

  hooks: {
    init: [indexEntities({ events: { enabled: false }, listeners: { enabled: false } })],
    buildStarting: [() => import('@adonisjs/vite/build_hook')],
  },
})
