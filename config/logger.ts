import env from '#start/env'
import app from '@adonisjs/core/services/app'
import { defineConfig, destination, syncDestination } from '@adonisjs/core/logger'
import { gathered } from '#services/log_lines'
import { plainError } from '#services/plain_error'
import { bounded } from '#services/storm'

const mayTellOfConnections = bounded(1)
const isCommand = app.getEnvironment() === 'console'
const isPretty = app.inDev && !isCommand

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
          const [told]: unknown[] = args
          const isOne = typeof told === 'string' && told.startsWith('Acquire connection error')
          if (!isOne || mayTellOfConnections()) method.apply(this, args)
        },
      },
      // Pretty lines of a server in development, JSON lines everywhere else; a command's on stderr, for its stdout is its result. These
      // are written beside the work, as many at a time as there are: whoever reads them slowly holds up no visitor, and loses lines if
      // that comes to more than 8 MB.
      destination: isPretty
        ? await syncDestination()
        : gathered(
            destination({
              dest: isCommand ? 2 : 1,
              sync: false,
              maxLength: 8 * 1024 * 1024,
            })
          ),
    },
  },
})

export default logger

declare module '@adonisjs/core/types' {
  export interface LoggersList extends InferLoggers<typeof logger> {}
}
