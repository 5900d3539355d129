/** A line of a graph: a value for each second, or none where there was nothing to measure. */
interface Line {
  name: string
  color: string
  values: (number | undefined)[]
}

interface Panel {
  title: string
  lines: Line[]
}

const [WIDTH, HEIGHT, LEFT, GAP] = [760, 130, 60, 46]

/** Panels one above the other over the same seconds, with stretches of time that are shaded and named. */
export function graph(panels: Panel[], spans: { name: string; from: number; to: number }[]) {
  const seconds = Math.max(
    ...panels.flatMap(({ lines }) => lines.map(({ values }) => values.length))
  )
  const x = (second: number) => (LEFT + (second / seconds) * WIDTH).toFixed(1)
  const total = panels.length * (HEIGHT + GAP)
  const parts = panels.map(({ title, lines }, at) => {
    const top = at * (HEIGHT + GAP) + 24
    const largest = Math.max(1, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)))
    const y = (value: number) => (top + HEIGHT * (1 - value / largest)).toFixed(1)
    const shades = spans.map(
      ({ from, to }) =>
        `<rect x="${x(from)}" y="${top}" width="${Math.max(2, +x(to) - +x(from))}" height="${HEIGHT}" fill="#8884"/>`
    )
    const paths = lines.map(({ color, values }) => {
      const d = values.map((value, second) =>
        value === undefined
          ? ''
          : `${values[second - 1] === undefined ? 'M' : 'L'}${x(second)} ${y(value)}`
      )
      return `<path d="${d.join('')}" fill="none" stroke="${color}" stroke-width="1.5"/>`
    })
    const names = lines.map(({ name, color }) => `<tspan fill="${color}" dx="12">${name}</tspan>`)
    return [
      `<text x="${LEFT}" y="${top - 8}">${title}${names.join('')}</text>`,
      `<path d="M${LEFT} ${top}V${top + HEIGHT}H${LEFT + WIDTH}" fill="none" stroke="#888"/>`,
      `<text x="${LEFT - 6}" y="${top + 10}" text-anchor="end">${Math.round(largest)}</text>`,
      `<text x="${LEFT - 6}" y="${top + HEIGHT}" text-anchor="end">0</text>`,
      ...shades,
      ...paths,
    ]
  })
  const labels = spans.map(
    ({ name, from }) => `<text x="${x(from)}" y="${total - 6}" font-size="10">${name}</text>`
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 20} ${total}" font-family="sans-serif" font-size="12" fill="#888">
${[...parts.flat(), ...labels].join('\n')}
</svg>
`
}
