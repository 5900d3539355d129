/**
 * Monoline capitals and figures on a box of 4 by 6, each starting at its own origin: a picture carries its own letters, for
 * where it is turned into a PNG there is no font.
 */
const glyphs: Record<string, string> = {
  'A': 'M0 6l2-6 2 6M.8 4h2.4',
  'B': 'M0 6v-6h2a1.4 1.4 0 0 1 0 2.8h-2h2.3a1.6 1.6 0 0 1 0 3.2z',
  'C': 'M3.8 1.2c-.4-.8-1-1.2-1.8-1.2-1.2 0-2 1.2-2 3s.8 3 2 3c.8 0 1.4-.4 1.8-1.2',
  'D': 'M0 0v6h1.6c1.6 0 2.4-1.2 2.4-3s-.8-3-2.4-3z',
  'E': 'M3.6 0h-3.6v6h3.6M0 2.9h2.9',
  'F': 'M3.6 0h-3.6v6M0 2.9h2.9',
  'G': 'M3.8 1.2c-.4-.8-1-1.2-1.8-1.2-1.2 0-2 1.2-2 3s.8 3 2 3 1.9-1 1.9-2.7h-1.6',
  'H': 'M0 0v6M4 0v6M0 2.9h4',
  'I': 'M2 0v6',
  'J': 'M3.2 0v4.2a1.6 1.7 0 0 1-3.2 0',
  'K': 'M0 0v6M3.8 0l-3.8 3.6M1.4 2.4l2.6 3.6',
  'L': 'M0 0v6h3.6',
  'M': 'M0 6v-6l2 4 2-4v6',
  'N': 'M0 6v-6l4 6v-6',
  'O': 'M2 0c-1.2 0-2 1.2-2 3s.8 3 2 3 2-1.2 2-3-.8-3-2-3z',
  'P': 'M0 6v-6h2.2a1.7 1.7 0 0 1 0 3.4h-2.2',
  'Q': 'M2 0c-1.2 0-2 1.2-2 3s.8 3 2 3 2-1.2 2-3-.8-3-2-3zM2.4 4.4l1.6 1.8',
  'R': 'M0 6v-6h2.2a1.6 1.6 0 0 1 0 3.2h-2.2M2 3.2l2 2.8',
  'S': 'M3.7 1c-.3-.6-.9-1-1.7-1-1.1 0-1.9.6-1.9 1.5 0 2 3.9 1 3.9 3 0 .9-.8 1.5-2 1.5-.9 0-1.7-.4-2-1.1',
  'T': 'M0 0h4M2 0v6',
  'U': 'M0 0v4a2 2 0 0 0 4 0v-4',
  'V': 'M0 0l2 6 2-6',
  'W': 'M0 0l.9 6 1.1-4 1.1 4 .9-6',
  'X': 'M0 0l4 6M4 0l-4 6',
  'Y': 'M0 0l2 3 2-3M2 3v3',
  'Z': 'M0 0h4l-4 6h4',
  '0': 'M2 0c-1.2 0-1.9 1.2-1.9 3s.7 3 1.9 3 1.9-1.2 1.9-3-.7-3-1.9-3z',
  '1': 'M.8 1.2l1.4-1.2v6',
  '2': 'M.2 1.4c.2-.9.9-1.4 1.8-1.4 1 0 1.8.6 1.8 1.6 0 1.6-2.6 2.4-3.7 4.4h3.8',
  '3': 'M.3 0h3.3l-1.9 2.4c1.3 0 2.2.7 2.2 1.8 0 1-.8 1.8-2 1.8-.9 0-1.6-.4-1.9-1.1',
  '4': 'M3 6v-6l-3 4.2h4',
  '5': 'M3.5 0h-2.8l-.4 2.7c.4-.4 1-.6 1.6-.6 1.2 0 2 .8 2 1.9 0 1.2-.8 2-2 2-.9 0-1.6-.4-1.9-1.1',
  '6': 'M3.2 0c-1.8.6-3.1 2.2-3.1 4a1.9 2 0 1 0 3.8 0 1.9 1.9 0 0 0-3.7-.5',
  '7': 'M0 0h3.8l-2.4 6',
  '8': 'M2 0a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 1 0 0-2.8zM2 2.8a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 1 0 0-3.2z',
  '9': 'M.8 6c1.8-.6 3.1-2.2 3.1-4a1.9 2 0 1 0-3.8 0 1.9 1.9 0 0 0 3.7.5',
  '-': 'M1 3.1h2',
}

/** Letters that do not decompose, as they are written where they are not had. */
const whole: Record<string, string> = {
  Æ: 'AE',
  Đ: 'D',
  Ð: 'D',
  Ħ: 'H',
  Ł: 'L',
  Ø: 'O',
  Œ: 'OE',
  Þ: 'TH',
}

/** From one letter's origin to the next, and the width of the last. */
const ADVANCE = 5.6
const WIDTH = 4

/** The text as these letters know it: accents and strokes gone, capitals only; what they have no shape for is left out. */
export function letters(text: string) {
  const plain = text.normalize('NFD').toUpperCase().replace(/\s+/g, ' ').trim()
  return Array.from(plain)
    .flatMap((letter) => Array.from(whole[letter] ?? letter))
    .filter((letter) => letter === ' ' || letter in glyphs)
}

/** A line of lettering as one path, centred on x, in a box of 6 high from y, and how wide it is. */
export function lettering(text: string) {
  const line = letters(text)
  const width = Math.max(0, (line.length - 1) * ADVANCE + WIDTH)
  const d = line
    .map((letter, index) => moved(glyphs[letter] ?? '', index * ADVANCE - width / 2))
    .join('')
  return { d, width }
}

const moved = (d: string, by: number) =>
  d.replace(/M([\d.]+) /g, (_, x) => `M${Math.round((Number(x) + by) * 10) / 10} `)
