/**
 * The peer of every HTTP figure: node:http and nothing else, giving the answers of a file that the site gave before, byte for byte
 * with the same headers, one after the other whatever the address. JavaScript, so that no type stripping costs it time or memory.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [port, file] = process.argv.slice(2)
const answers = JSON.parse(readFileSync(file, 'utf8')).map(({ status, headers, body }) => ({
  status,
  headers,
  body: Buffer.from(body, 'base64'),
}))
let next = 0

createServer((_, response) => {
  const { status, headers, body } = answers[next++ % answers.length]
  response.writeHead(status, headers)
  response.end(body)
}).listen(Number(port), '127.0.0.1')
