import adonisjs from '@adonisjs/vite/client'
import { defineConfig } from 'vite'
import { compression } from 'vite-plugin-compression2'

export default defineConfig({
  plugins: [
    adonisjs({ entryPoints: ['resources/css/app.css', 'resources/js/app.js'] }),
    compression({ algorithms: ['gzip', 'brotliCompress'], threshold: 0 }),
  ],
})
