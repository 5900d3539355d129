/**
 * Whether Sentry takes this for a DSN: https://key@host/project. It stands alone, for bin/sentry.ts asks before anything else is loaded:
 * Sentry itself would print a wrong one, key and all, and go on without reporting.
 */
export const isDsn = (value = '') =>
  URL.canParse(value) &&
  /^https?:\/\/\w+(:\w*)?@(\[[:.%\w]+\]|[\w.-]+)(:\d+)?\/(.+\/)?\d+$/.test(value)
