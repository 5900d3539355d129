import { LRUCache } from 'lru-cache'
import { lettering, letters } from '#services/lettering'
import {
  type House,
  hotTub,
  houses,
  type Land,
  lands,
  lights,
  type Shape,
  stars,
} from '#services/scenery'

/** What the drawing of a letting is made from. */
type Sender = {
  id: number
  title: string
  address: { number: number; city: string; state: string; zipCode: string; countryIsoCode: string }
}

/** The front of a letting's postcard: the same for the same letting, whoever asks. */
export function postcard({ id, title, address }: Sender) {
  const land = landOf(address.city, address.countryIsoCode === 'USA' ? address.state : '')
  const house = houseOf(title)
  const hour = hourOf(id)
  // the land behind a house on the odd side of its street is seen the other way round
  const turned = address.number % 2 === 1
  const { site, mooring } = lands[land]
  return {
    turned,
    sky: skyOf(hour, turned),
    ground: groundOf(land, hour),
    home: homeOf(house, /hot ?tub|jacuzzi|\bspa\b/i.test(title), hour),
    site: (house === 'boat' && mooring) || site,
    postmark: fitted(address.zipCode, 29, 1.15),
    ink: lights[hour].depth > 0.4 ? '#fbedd0' : '#2b1d1a',
  }
}

/** A profile's stamp: initials, and the land of the favorite city behind them. */
export function stamp({ id, favoriteCity }: { id: number; favoriteCity: string }, name: string) {
  const hour = hourOf(id)
  const turned = id % 2 === 1
  return {
    turned,
    sky: skyOf(hour, turned),
    ground: groundOf(landOf(favoriteCity), hour),
    initials: fitted(initialsOf(name), 60, 4.6),
  }
}

/** A line of lettering and the scale at which it fits a width. */
function fitted(text: string, room: number, largest: number) {
  const { d, width } = lines.memo(text)
  return { d, scale: round(Math.min(largest, room / width)) }
}

const lines = new LRUCache({ max: 1_000, memoMethod: lettering })

/** First letters of the first and the last word that have one. */
function initialsOf(name: string) {
  const firsts = name.split(/[\s._@+-]+/).flatMap((word) => letters(word).slice(0, 1))
  return firsts.length > 1 ? `${firsts[0]}${firsts.at(-1)}` : (firsts[0] ?? '')
}

const states: Record<Land, string> = {
  coast: 'AL CA CT DE FL GA HI MA MD ME MS NC NH NJ OR PR RI SC VA WA',
  lakes: 'IN LA MI MN OH WI',
  hills: 'AK AR CO ID KY MO MT NY PA TN VT WV WY',
  plains: 'IA IL KS ND NE OK SD TX',
  desert: 'AZ NM NV UT',
  city: 'DC',
}

/** Words in a city's name that say more than its state, and cities that everybody has a picture of. */
const cities: [Land, RegExp][] = [
  [
    'city',
    /^(new york|chicago|los angeles|houston|philadelphia|dallas|atlanta|london|paris|berlin|tokyo|toronto|madrid)\b/i,
  ],
  [
    'coast',
    /beach|\bbay\b|port\b|^newport|harbou?r|island|\bcape\b|\bsea|ocean|barcelona|lisbo|sydney|nice$|miami|rio de/i,
  ],
  ['desert', /desert|mesa\b|palm|joshua|las vegas|phoenix|cairo|marrakes/i],
  ['lakes', /lake|falls|springs|river\b|bridge|amsterdam|stockholm|venice|gen[eè]v/i],
  ['hills', /mount|hill|ridge|heights|valley|glen|rock\b|budapest|edinburgh|rom[ae]$|lyon/i],
  ['plains', /meadow|prairie|plain|field|grove|buenos aires/i],
]

const kinds = Object.keys(lands) as Land[]
const landsOfStates = new Map(
  kinds.flatMap((kind) => states[kind].split(' ').map((state) => [state, kind]))
)

/** The land of a place. One that no table knows gets the same one each time, by the letters of its name. */
function landOf(city: string, state = ''): Land {
  const known =
    cities.find(([, words]) => words.test(city))?.[0] ?? landsOfStates.get(state.toUpperCase())
  if (known) return known
  const name = Array.from(`${city}${state}`.toLowerCase())
  const sum = name.reduce((total, letter) => total + letter.codePointAt(0)!, 0)
  return kinds[sum % kinds.length]
}

const homes: [House, RegExp][] = [
  ['treehouse', /tree ?house/i],
  ['silo', /silo/i],
  ['dome', /dome|igloo|yurt|mushroom/i],
  ['burrow', /burrow|underground|\bcave|hobbit/i],
  ['boat', /boat|pirate|\bship|yacht|barge/i],
  ['hut', /\bhut\b|cabin|chalet|lodge|a-frame/i],
]

/** The house that a title speaks of; a plain one otherwise. */
const houseOf = (title: string): House =>
  homes.find(([, words]) => words.test(title))?.[0] ?? 'house'

const hourOf = (id: number) => id % lights.length

/** The sky of an hour and its sun or moon, which keeps clear of the postmark. */
const skyOf = (hour: number, turned: boolean) =>
  drawn(`sky ${hour} ${turned}`, () => {
    const { sky, glow, sun, at, hasStars } = lights[hour]
    const x = turned ? Math.min(300 - at[0], 158) : at[0]
    const disc = (radius: number) => `M${x} ${at[1] - radius}a${radius} ${radius} 0 1 0 .1 0z`
    const ringed = (radius: number, share: number) => ({
      d: disc(radius),
      fill: mixed(sky, glow, share),
    })
    return [
      { d: 'M0 0h300v200h-300z', fill: sky },
      ...[ringed(132, 0.3), ringed(92, 0.6), ringed(58, 0.9)],
      ...(hasStars ? [{ d: stars, fill: sun, width: 2, opacity: 0.8 }] : []),
      { d: disc(22), fill: sun },
    ]
  })

/** A land from far to near: the far takes on the sky's colour, and all of it the hour's. */
const groundOf = (land: Land, hour: number) =>
  drawn(`ground ${land} ${hour}`, () => {
    const { sky, glow, tint, depth } = lights[hour]
    return lands[land].layers.map(({ base, haze, ...shape }) => ({
      ...shape,
      fill: mixed(mixed(base, tint, depth), mixed(sky, glow, 0.55), haze),
    }))
  })

/** A house and what stands beside it. */
const homeOf = (house: House, hasTub: boolean, hour: number) =>
  drawn(`home ${house} ${hasTub} ${hour}`, () => {
    const { window, tint, depth } = lights[hour]
    return [...houses[house], ...(hasTub ? hotTub : [])].map((shape) => ({
      ...shape,
      fill: shape.fill === '$' ? window : mixed(shape.fill, tint, depth * 0.6),
    }))
  })

const drawings = new Map<string, string>()

/**
 * Shapes as SVG, in presentation attributes only, for the pages forbid inline style. There are a hundred or so such parts
 * of cards in all, so each is made once.
 */
function drawn(key: string, shapes: () => Shape[]): string {
  const drawing = drawings.get(key) ?? shapes().map(pathOf).join('')
  drawings.set(key, drawing)
  return drawing
}

function pathOf({ d, fill, width, opacity }: Shape) {
  const paint = width ? `fill="none" stroke="${fill}" stroke-width="${width}"` : `fill="${fill}"`
  return `<path ${paint}${opacity ? ` opacity="${opacity}"` : ''} d="${d}"/>`
}

function mixed(from: string, to: string, share: number) {
  const channel = (color: string, at: number) => Number.parseInt(color.slice(at, at + 2), 16)
  const mix = (at: number) => Math.round(channel(from, at) * (1 - share) + channel(to, at) * share)
  return `#${[1, 3, 5].map((at) => mix(at).toString(16).padStart(2, '0')).join('')}`
}

const round = (number: number) => Math.round(number * 100) / 100
