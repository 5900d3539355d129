/**
 * Sentry. The entry points import this file before all others, and only if SENTRY_DSN is in the process' environment: what is to be
 * watched has to be loaded after it.
 */
import { tracingChannel } from 'node:diagnostics_channel'
import * as Sentry from '@sentry/node'
import { withoutValues } from '../app/services/plain_error.js'

// Node keeps ten frames, which a query builder fills alone: the line that asked would be missing.
Error.stackTraceLimit = 50

Sentry.init({
  dsn: process.env.SENTRY_DSN,
  environment: process.env.SENTRY_ENVIRONMENT || process.env.NODE_ENV,
  release: process.env.RELEASE || 'development',
  tracesSampleRate: Number(process.env.SENTRY_TRACES_SAMPLE_RATE || 0.1),
  traceLifecycle: 'static',
  tracePropagationTargets: [],
  shutdownTimeout: 1_500,

  // What comes along with a request: its address, method and headers. All else stays here.
  dataCollection: {
    userInfo: false, // set by app/services/sentry.ts, which knows the trusted proxies
    cookies: false,
    httpHeaders: { request: true, response: false },
    httpBodies: [],
    databaseQueryData: false,
    stackFrameVariables: false,
    queues: false,
    graphQL: { document: false, variables: false },
    genAI: { inputs: false, outputs: false },
    mcp: { inputs: false, outputs: false },
  },
  integrations: [
    Sentry.pinoIntegration({ log: { levels: ['warn', 'error', 'fatal'] } }),
    // ends the process, as Node does without Sentry
    Sentry.onUnhandledRejectionIntegration({ mode: 'strict' }),
  ],
  beforeSend(event, { originalException }) {
    for (const thrown of causes(originalException)) {
      for (const one of event.exception?.values ?? []) {
        if (one.value) one.value = withoutValues(one.value, thrown.code)
      }
    }
    for (const name of Object.keys(event.request?.headers ?? {})) {
      if (/cookie|auth|token|secret|key/i.test(name)) delete event.request!.headers![name]
    }
    return event
  },
})

/** Sends what is left for at most 1.5 s, and ends the process even if Sentry never answers. */
export async function end() {
  await Sentry.close(1_500)
  setImmediate(() => process.exit())
}

/** An error and those that it was caused by. */
function causes(error: any, found: any[] = []): any[] {
  return error && !found.includes(error) ? causes(error.cause, [...found, error]) : found
}

// A command that failed, by an error or by its exit code, with its arguments but no secret among them.
tracingChannel('adonisjs.command.exec').subscribe({
  start() {},
  end() {},
  asyncStart() {},
  error() {},
  asyncEnd({ command, commandInstance, argv, error }: any) {
    if (!error && !commandInstance.exitCode) return
    const name = command.commandName
    Sentry.captureException(error ?? new Error(`${name} ended with ${commandInstance.exitCode}`), {
      tags: { command: name },
      contexts: { command: { name, arguments: withoutSecrets(argv) } },
    })
  },
})

const withoutSecrets = (argv: string[]) =>
  argv.map((word, index) =>
    /^--\S*(password|secret|token|key)$/i.test(argv[index - 1] ?? '')
      ? '[Filtered]'
      : word.replace(/^(--\S*(password|secret|token|key)\S*?=).*/is, '$1[Filtered]')
  )
