import app from '@adonisjs/core/services/app'
import { defineConfig } from '@adonisjs/vite'

export default defineConfig({
  buildDirectory: app.publicPath('assets'),
  // what opens and closes a view transition has to be there when the page is first shown
  scriptAttributes: { blocking: 'render' },
})
