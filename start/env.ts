import { Env, errors } from '@adonisjs/core/env'
import {
  dsn,
  file,
  integer,
  mysqlUrl,
  mysqlUrls,
  optionalSecret,
  origin,
  proxies,
  redisUrl,
  secret,
  share,
} from './env_rules.js'

/**
 * Every variable that configures the site, validated at boot. The README has them in a table with defaults and examples;
 * a test holds the two together. An empty variable counts as an unset one.
 */
const env = await Env.create(new URL('../', import.meta.url), {
  NODE_ENV: Env.schema.enum.optional(['development', 'production', 'test'] as const),
  /** Signs and encrypts. At least 16 characters. */
  APP_KEY: secret(16),
  /** Public address of the site, which canonical links, Open Graph and the sitemap begin with. */
  APP_URL: origin,
  /** The commit that is running, as /health reports it; baked into the image. */
  RELEASE: Env.schema.string.optional(),
  HOST: Env.schema.string.optional(),
  PORT: integer(0, 65_535),
  LOG_LEVEL: Env.schema.enum.optional([
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'fatal',
    'silent',
  ] as const),
  /** Whose X-Forwarded-* headers count. */
  TRUST_PROXY: proxies,
  /** Opens /metrics to who sends it as a Bearer token; without it only this machine may read them. */
  METRICS_TOKEN: optionalSecret(16),

  /** Where errors, logs and traces go; this and the next two count only in the process' environment, for Sentry starts before .env is read. */
  SENTRY_DSN: dsn,
  /** Where the site runs, in Sentry's words. */
  SENTRY_ENVIRONMENT: Env.schema.string.optional(),
  /** The share of requests that are traced, from 0 to 1. */
  SENTRY_TRACES_SAMPLE_RATE: share,

  /** Milliseconds after SIGTERM in which readiness is already 503 while requests are still taken. */
  DRAIN_MS: integer(0, 300_000),
  /** Milliseconds after the drain until whatever is still open is cut. */
  SHUTDOWN_TIMEOUT_MS: integer(0, 300_000),

  /** mysql where there is a DB_URL, else sqlite. */
  DB_CONNECTION: Env.schema.enum.optional(['sqlite', 'mysql'] as const),
  /** SQLite's file, from the working directory. */
  DB_FILE: Env.schema.string.optional(),
  /** Megabytes that have to be free beside that file for the site to be ready. */
  DB_MIN_FREE_MB: integer(0, 1_000_000_000),
  /** MySQL or MariaDB as one URL, instead of the five below. */
  DB_URL: mysqlUrl,
  /** Copies of that database that pages are read from, one after the other. */
  DB_REPLICA_URLS: mysqlUrls,
  DB_HOST: Env.schema.string.optional(),
  DB_PORT: integer(1, 65_535),
  DB_USER: Env.schema.string.optional(),
  DB_PASSWORD: Env.schema.string.optional(),
  DB_DATABASE: Env.schema.string.optional(),
  /** Connections to MySQL that one copy holds at most; migrating takes two. */
  DB_POOL_MAX: integer(2, 1_000),
  /** Encrypts the connection to MySQL and verifies the server's certificate; its name too, without the next one. */
  DB_TLS: Env.schema.boolean.optional(),
  /** PEM file of the authority behind that certificate, if the system does not know it. */
  DB_TLS_CA: file,
  /** Where processes tell each other that rows have changed; without it copies agree within a second. */
  REDIS_URL: redisUrl,
  /** Migrate, and seed an empty database, before taking requests. */
  DB_AUTO_MIGRATE: Env.schema.boolean.optional(),
})

if (env.get('DB_CONNECTION') === 'mysql' && !env.get('DB_URL')) {
  const missing = (['DB_HOST', 'DB_USER', 'DB_DATABASE'] as const).filter((name) => !env.get(name))
  if (missing.length) refuse(`DB_CONNECTION=mysql needs DB_URL, or else ${missing.join(' and ')}`)
}
if (env.get('DB_TLS_CA') && !env.get('DB_TLS')) refuse('DB_TLS_CA needs DB_TLS=true')

function refuse(help: string) {
  throw Object.assign(new errors.E_INVALID_ENV_VARIABLES(), { help })
}

// AdonisJS' HTTP server reads these two from the process.
process.env.HOST ||= '127.0.0.1'
process.env.PORT ||= '8000'

export default env
