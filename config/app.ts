import type { IncomingMessage, ServerResponse } from 'node:http'
import env from '#start/env'
import { defineConfig } from '@adonisjs/core/http'
import { trustProxy } from '#config/proxies'
import { Answer } from '#services/answer'
import { standalonePage } from '#services/error_page'
import { identify, watchRequest } from '#services/request_log'

/** Where it listens, as a URL writes it: everywhere is here, too. */
const host = process.env.HOST!.replace(/^(0\.0\.0\.0|::)$/, 'localhost').replace(/.*:.*/, '[$&]')

/** The site's public address; on Render it is what the platform says unless APP_URL does. */
export const appUrl =
  env.get('APP_URL') ?? process.env.RENDER_EXTERNAL_URL ?? `http://${host}:${process.env.PORT}`

/** The commit that is running. */
export const release = env.get('RELEASE', 'development')

/** What a Prometheus from elsewhere shows to read /metrics. */
export const metricsToken = env.get('METRICS_TOKEN')

/** Milliseconds after SIGTERM in which requests are still taken, and after these until whatever is open is cut. */
export const shutdown = {
  drain: env.get('DRAIN_MS', 0),
  timeout: env.get('SHUTDOWN_TIMEOUT_MS', 10_000),
}

/** How much one client may ask, beside the time-outs below: what AdonisJS does not hand on to Node's server. */
export const serverLimits = {
  // milliseconds by which those may be noticed late; Node's own 30 s would make fifty of twenty
  connectionsCheckingInterval: 2_000,
  // bytes; the site sets no cookie, and a search has at most 200 characters
  maxHeaderSize: 16_384,
  // requests on a connection, however many are sent ahead of their answers; a browser or proxy just opens another
  maxRequestsPerSocket: 1_000,
  // a connection costs some 10 KB; more wait in the kernel's queue or are refused, and the other copies take them
  maxConnections: 5_000,
}

/** Requests that wait for the answer before theirs, on all connections: some 5 KB each, for as long as a client reads nothing. */
export const maxRequestsAhead = 1_000

export const http = defineConfig({
  generateRequestId: true,
  trustProxy,
  // by default a comma makes an array of any value, and nobody here takes one
  qs: { parse: { comma: false } },

  // An address that cannot be decoded never reaches a route or a middleware.
  onBadUrl(request: IncomingMessage, response: ServerResponse) {
    const id = identify(request)
    watchRequest(request, response, id, () => undefined)
    const { html, policy } = standalonePage(400)
    new Answer(400, Buffer.from(html), {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
    }).send(request, response, id)
  },

  // time-outs in milliseconds: the first is longer than the proxy in front keeps its connections, which otherwise sends a request into
  // a socket that is being closed: a 502
  keepAliveTimeout: 75_000,
  // for a slow phone, not for who sends a letter a second
  headersTimeout: 20_000,
  requestTimeout: 30_000,
  // nothing sent and nothing taken: whoever asks and does not read
  timeout: 60_000,
})
