import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { test } from '@japa/runner'
import { answerWithText, type Encoding } from '#services/answer'

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
