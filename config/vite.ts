import app from '@adonisjs/core/services/app'
import { defineConfig } from '@adonisjs/vite'

export default defineConfig({
  buildDirectory: app.publicPath('assets'),
  manifestFile: app.publicPath('assets/.vite/manifest.json'),
  assetsUrl: '/assets',
  // what opens and closes a view transition has to be there when the page is first shown
  scriptAttributes: { defer: true, blocking: 'render' },
})
