import db from '@adonisjs/lucid/services/db'
import { Counter, Gauge, Histogram, collectDefaultMetrics, register } from 'prom-client'

collectDefaultMetrics({ eventLoopMonitoringPrecision: 20 })

/** Seconds from a request's headers until its answer was out, by the route's pattern ("none" for files and misses) and status. */
export const duration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Seconds until a request was answered',
  labelNames: ['route', 'status'] as const,
  buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
})

export const inFlight = new Gauge({
  name: 'http_requests_in_flight',
  help: 'Requests that are being answered',
})

/** Pages by whether they were rendered (rendered) or had been just before (kept). */
export const pages = new Counter({
  name: 'pages_total',
  help: 'Pages that were answered from memory (kept) and pages that had to be rendered (rendered)',
  labelNames: ['from'] as const,
})
for (const from of ['kept', 'rendered'] as const) pages.inc({ from }, 0)

new Gauge({
  name: 'database_pool_connections',
  help: 'Connections to the database by state, and queries that wait for one (pending)',
  labelNames: ['state'] as const,
  collect() {
    const connection = db.manager.get(db.primaryConnectionName)?.connection
    // without replicas both are one
    const pools = [...new Set([connection?.pool, connection?.readPool])].filter((pool) => !!pool)
    const states = { used: 'numUsed', free: 'numFree', pending: 'numPendingAcquires' } as const
    for (const [state, count] of Object.entries(states))
      this.set({ state }, pools.reduce((sum, pool) => sum + pool[count](), 0)) // prettier-ignore
  },
})

export const metrics = register
