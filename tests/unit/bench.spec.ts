import { test } from '@japa/runner'
import { paced } from '../../bench/client.ts'
import { growth, isGrowing, median, percentile } from '../../bench/numbers.ts'

test.group("The bench's numbers", () => {
  test('a percentile is one of the numbers, in whatever order they came', ({ assert }) => {
    const hundred = Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) + 1)
    assert.deepEqual(
      [percentile(hundred, 0.99), percentile(hundred, 1), median(hundred)],
      [99, 100, 50]
    )
    assert.equal(median([3, 1, 2]), 2)
  })

  test('growth is that of the last two thirds or of what is asked for, gaps left out', ({
    assert,
  }) => {
    const series = Array.from({ length: 90 }, (_, i) => (i < 30 ? i * 100 : 50 + i))
    series[60] = undefined as never
    const { grown, mean } = growth(series)
    assert.closeTo(grown, 60, 2)
    assert.closeTo(mean, 110, 1)
    assert.closeTo(growth(series, 2 / 3).grown, 30, 2)
    assert.closeTo(growth(Array.from({ length: 90 }, (_, i) => 80 + (i % 2))).grown, 0, 0.1)
  })

  test('what grows by more than a tenth is told, and so is what was not measured', ({ assert }) => {
    const series = (last: number) => Array.from({ length: 90 }, (_, i) => 100 + (i * last) / 90)
    assert.isFalse(isGrowing(growth(series(5))))
    assert.isTrue(isGrowing(growth(series(30))))
    assert.isTrue(isGrowing(growth(Array.from({ length: 90 }))))
  })

  test('a steady rate holds though answers take longer', async ({ assert }) => {
    let [open, most] = [0, 0]
    const due: number[] = []
    const late: number[] = []
    await paced(100, 0.2, async (at) => {
      due.push(at)
      late.push(performance.now() - at)
      most = Math.max(most, ++open)
      await new Promise((done) => setTimeout(done, 100))
      open--
    })
    assert.lengthOf(due, 20)
    assert.closeTo(due[19] - due[0], 190, 0.001)
    assert.isAtLeast(Math.min(...late), 0, 'it did not wait')
    assert.isAbove(most, 5)
  })
})
