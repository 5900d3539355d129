import env from '#start/env'
import app from '@adonisjs/core/services/app'
import { defineConfig, syncDestination } from '@adonisjs/core/logger'
import { plainError } from '#services/plain_error'
import { bounded } from '#services/storm'

const mayTellOfConnections = bounded(1)

const logger = defineConfig({
  default: 'app',
  loggers: {
    app: {
      enabled: true,
      level: env.get('LOG_LEVEL', app.inTest ? 'fatal' : 'info'),
      serializers: { err: plainError },
      hooks: {
        logMethod(args, method) {
          // Lucid's query builder says it for each query; what needs the database says it too
          const isOne = String(args[0]).startsWith('Acquire connection error')
          if (!isOne || mayTellOfConnections()) method.apply(this, args)
        },
      },
      // pretty lines while developing; JSON lines on stdout, without a worker thread, everywhere else
      destination: app.inDev ? await syncDestination() : undefined,
    },
  },
})

export default logger

declare module '@adonisjs/core/types' {
  export interface LoggersList extends InferLoggers<typeof logger> {}
}
