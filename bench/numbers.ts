/** Of a list of numbers, the one that a share of them (0 to 1) does not exceed. */
export function percentile(numbers: number[], share: number) {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
}

export const median = (numbers: number[]) => percentile(numbers, 0.5)

/** By how much a series grew from a share of it on, as the straight line that fits it best says; and its mean there. Gaps are left out. */
export function growth(values: (number | undefined)[], from = 1 / 3) {
  const points = values.flatMap((y, x) => (y && x > values.length * from ? [{ x, y }] : []))
  const mean = (list: number[]) => list.reduce((sum, one) => sum + one, 0) / list.length
  const [x0, y0] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))]
  const up = points.reduce((sum, { x, y }) => sum + (x - x0) * (y - y0), 0)
  const slope = up / points.reduce((sum, { x }) => sum + (x - x0) ** 2, 0)
  return { grown: slope * points.length, mean: y0 }
}

/** Whether that is more than a tenth. Of what was not measured nobody can say that it is not. */
export const isGrowing = ({ grown, mean }: ReturnType<typeof growth>) => !(grown <= mean / 10)
