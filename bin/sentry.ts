/**
 * Sentry. The entry points import this file before all others, and only if SENTRY_DSN is in the process' environment: what is to be
 * watched has to be loaded after it.
 */
import { channel, tracingChannel } from 'node:diagnostics_channel'
import { setTimeout } from 'node:timers/promises'
import * as Sentry from '@sentry/node'
import { withoutValues } from '../app/services/plain_error.js'
import { isDsn } from '../start/dsn.js'

// Node keeps ten frames, which a query builder fills alone: the line that asked would be missing.
Error.stackTraceLimit = 50

/** Milliseconds that the end of the process waits for Sentry. */
const FLUSH = 1_000

Sentry.init({
  // a wrong one stops the boot, in start/env.ts
  dsn: isDsn(process.env.SENTRY_DSN) ? process.env.SENTRY_DSN : '',
  environment: process.env.SENTRY_ENVIRONMENT || process.env.NODE_ENV,
  release: process.env.RELEASE || 'development',
  tracesSampleRate: Number(process.env.SENTRY_TRACES_SAMPLE_RATE || 0.1),
  traceLifecycle: 'static',
  tracePropagationTargets: [],
  shutdownTimeout: FLUSH,

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
  integrations: (defaults) => [
    // its work on each request takes several times what a kept page does; app/services/sentry.ts has the part that is wanted
    ...defaults.filter(({ name }) => name !== 'Http'),
    // ends the process, as Node does without Sentry
    Sentry.onUnhandledRejectionIntegration({ mode: 'strict' }),
  ],
  beforeSend(event, { originalException }) {
    for (const thrown of causes(originalException)) {
      for (const one of event.exception?.values ?? []) {
        if (one.value) one.value = withoutValues(one.value, thrown.code)
      }
    }
    return event
  },
})

/** Levels of log lines that Sentry gets, by pino's numbers. */
const levels: Record<number, 'warn' | 'error' | 'fatal'> = { 40: 'warn', 50: 'error', 60: 'fatal' }

// Sentry's own integration parses each line, those of requests too that nobody wants there: a seventh of what a kept page takes.
channel('tracing:pino_asJson:end').subscribe((written: any) => {
  const name = levels[written.arguments[2]]
  if (!name) return
  const { time, pid, hostname, msg, ...fields } = JSON.parse(written.result)
  Sentry.logger[name](msg ?? '', fields)
})

/** Sends what is left for at most a second, and ends the process even if Sentry never answers. */
export async function end() {
  // Sentry's own time-out counts twice, for what it prepares and for what it sends
  await Promise.race([Sentry.close(FLUSH), setTimeout(FLUSH)])
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
      contexts: { command: { name, arguments: withoutSecrets(argv, command, commandInstance) } },
    })
  },
})

const SECRET = /password|secret|token|key|value/i

/** A command's arguments: no value of an option or argument whose name says that it is secret, none that nobody asked for. */
function withoutSecrets(argv: string[], { args }: any, { parsed }: any): string[] {
  const secrets = [
    ...parsed._,
    ...parsed.args.filter((_: any, at: number) => SECRET.test(args[at].name)),
  ]
  const isSecret = (option = '') => option.startsWith('--') && SECRET.test(option)
  return argv.map((word, at) => {
    if (secrets.includes(word) || (isSecret(argv[at - 1]) && !argv[at - 1].includes('=')))
      return '[Filtered]'
    const [option] = word.split('=', 1)
    if (isSecret(option) && option !== word) return `${option}=[Filtered]`
    return word.replace(/(\w:\/\/).*@/s, '$1[Filtered]@')
  })
}
