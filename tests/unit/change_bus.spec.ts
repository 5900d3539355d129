import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import logger from '@adonisjs/core/services/logger'
import { test } from '@japa/runner'
import { ChangeBus } from '#services/change_bus'
import { until } from '#tests/helpers/until'

test('a Redis that hangs does not keep the bus from closing', async ({ assert, cleanup }) => {
  let isAsked = false
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      isAsked ||= /publish/i.test(String(data))
      if (isAsked) return
      // several commands may come at once; this is an answer to any of them
      const count = String(data).match(/^\*/gm)?.length ?? 0
      socket.write('$9\r\nloading:0\r\n'.repeat(count))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup(() => void server.close())
  const { port } = server.address() as AddressInfo
  const bus = new ChangeBus(`redis://127.0.0.1:${port}`, logger)
  await until('a message', async () => {
    bus.tell()
    return isAsked
  })
  bus.tell()
  const asked = Date.now()
  await bus.close()
  assert.isBelow(Date.now() - asked, 3_000)
})
