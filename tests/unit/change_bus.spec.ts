import logger from '@adonisjs/core/services/logger'
import { test } from '@japa/runner'
import { ChangeBus } from '#services/change_bus'
import { givenRedis } from '#tests/helpers/redis'
import { until } from '#tests/helpers/until'

test('a Redis that hangs does not keep the bus from closing', async ({ assert }) => {
  let isAsked = false
  const url = await givenRedis((sent) => {
    isAsked ||= /publish/i.test(sent)
    return isAsked ? undefined : '$9\r\nloading:0\r\n'
  })
  const bus = new ChangeBus(url, logger)
  await until('a message', async () => {
    bus.tell()
    return isAsked
  })
  bus.tell()
  const asked = Date.now()
  await bus.close()
  assert.isBelow(Date.now() - asked, 3_000)
})
