import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { test } from '@japa/runner'
import { until } from '#tests/helpers/until'
import { Answer, answerWithText, type Encoding } from '#services/answer'

const readers: Record<Encoding, (body: Buffer) => Buffer> = {
  'zstd': zstdDecompressSync,
  'br': brotliDecompressSync,
  'gzip': gunzipSync,
  '': (body) => body,
}

test.group('An answer of text', () => {
  test('is the same text in each encoding, small or large, whatever else is encoded meanwhile', async ({
    assert,
  }) => {
    // characters of one to four bytes; the lengths are those around which the ways part
    const lengths = [10, 1_000, 131_071, 131_072, 131_073, 300_000]
    const texts = ['a', 'é', '家', '🏡'].flatMap((letter) =>
      lengths.map((length) => letter.repeat(length / letter.length))
    )
    const encodings = Object.keys(readers) as Encoding[]
    const cases = texts.flatMap((text) => encodings.map((encoding) => ({ text, encoding })))
    const answers = await Promise.all(
      cases.map(({ text, encoding }) =>
        answerWithText(text, encoding, { status: 200, headers: {} })
      )
    )
    const etags = new Map<string, string>()
    for (const [at, { text }] of cases.entries()) {
      const { body, headers } = answers[at]
      const read = readers[(headers['content-encoding'] ?? '') as Encoding]
      assert.isTrue(read(body).equals(Buffer.from(text)), `${text[0]} × ${text.length}`)
      assert.equal(body.buffer.byteLength, body.length, 'what is kept holds nothing else')
      assert.equal(etags.get(text) ?? headers.etag, headers.etag)
      etags.set(text, headers.etag)
    }
    assert.lengthOf(new Set(etags.values()), new Set(texts).size)
  })
})

test.group('Answers that nobody reads', () => {
  test('fill the memory only so far: who has waited longest is cut off, on {0} connections')
    .with([[30], [1]] as const)
    .run(async ({ assert, cleanup }, [count]) => {
      const large = () => new Answer(200, Buffer.alloc(8 * 1024 * 1024), {})
      const open = new Set<object>()
      let begun = 0
      const server = createServer((request, response) => {
        begun++
        open.add(response.once('close', () => open.delete(response)))
        large().send(request, response, 'name')
      })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      const { port } = server.address() as AddressInfo
      cleanup(() => {
        server.close()
        server.closeAllConnections()
      })
      const slow = Array.from({ length: count }, () => connect(port, '127.0.0.1').pause())
      for (const socket of slow)
        socket.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(30 / count))
      await until('some are cut off', async () => begun > 8 && open.size <= 8)
      const answer = await fetch(`http://127.0.0.1:${port}/`)
      const body = await answer.arrayBuffer()
      assert.equal(body.byteLength, 8 * 1024 * 1024)
      assert.isAtMost(open.size, 8)
      for (const socket of slow) socket.destroy()
    })
})
