import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inflateRawSync } from 'node:zlib'
import { getActiveTest } from '@japa/runner'

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

/**
 * Sentry's REST interface as far as releases, deploys and artifact bundles go; it notes what it is told. `answer` takes every request
 * instead, to refuse it or to leave it waiting.
 */
export async function givenSentryApi(answer?: Answer) {
  const calls: { call: string; token?: string; body: any }[] = []
  let bundle: Buffer | undefined
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const call = `${request.method} ${request.url!.replace('/api/0/organizations/', '')}`
    const isUpload = call === 'POST oc/chunk-upload/'
    const token = request.headers.authorization
    calls.push({ call, token, body: body.length && !isUpload ? JSON.parse(`${body}`) : undefined })
    if (answer) return answer(request, response)
    if (isUpload) bundle = body
    const answers: Record<string, object> = {
      'GET oc/chunk-upload/': {
        url: `${url}/api/0/organizations/oc/chunk-upload/`,
        chunkSize: 2 ** 25,
        chunksPerRequest: 1,
        maxFileSize: 2 ** 31,
        maxRequestSize: 2 ** 25,
        concurrency: 1,
        hashAlgorithm: 'sha1',
        compression: [],
        accept: ['artifact_bundles', 'artifact_bundles_v2'],
      },
      'POST oc/artifactbundle/assemble/': bundle
        ? { state: 'ok', missingChunks: [] }
        : { state: 'not_found', missingChunks: calls.at(-1)!.body?.chunks },
    }
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answers[call] ?? {}))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  getActiveTest()?.cleanup(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url, calls, files: () => unzip(bundle!) }
}

/** What is in a ZIP archive somewhere in these bytes, by its name. */
function unzip(bytes: Buffer) {
  const files = new Map<string, string>()
  const entry = Buffer.from('PK\x01\x02')
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06'))
  const first = end - bytes.readUInt32LE(end + 12)
  // the archive's own offsets count from its first byte
  const start = first - bytes.readUInt32LE(end + 16)
  for (
    let at = bytes.indexOf(entry, first);
    at >= 0 && at < end;
    at = bytes.indexOf(entry, at + 4)
  ) {
    const name = bytes.toString('utf8', at + 46, at + 46 + bytes.readUInt16LE(at + 28))
    const local = start + bytes.readUInt32LE(at + 42)
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const content = bytes.subarray(data, data + bytes.readUInt32LE(at + 20))
    const isPacked = bytes.readUInt16LE(at + 10) === 8
    files.set(name, String(isPacked ? inflateRawSync(content) : content))
  }
  return files
}
