import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { getActiveTest } from '@japa/runner'

/** The address of a Redis that has one answer to every command, or none, by what it is sent; gone after the test. */
export async function givenRedis(reply: (sent: string) => string | undefined) {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      const sent = String(data)
      // several commands may come at once
      const count = sent.match(/^\*/gm)?.length ?? 0
      socket.write((reply(sent) ?? '').repeat(count))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  getActiveTest()?.cleanup(() => void server.close())
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
}
