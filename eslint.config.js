import { configApp } from '@adonisjs/eslint-config'

export default configApp({
  ignores: ['.adonisjs/**', 'build/**', 'coverage/**', 'database/schema.ts'],
})
