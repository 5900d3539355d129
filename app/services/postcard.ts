import { lettering, letters } from '#services/lettering'
import {
  type House,
  hotTub,
  houses,
  type Land,
  lands,
  type Light,
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
  const light = lightOf(id)
  // the land behind a house on the odd side of its street is seen the other way round
  const turned = address.number % 2 === 1
  const { site, mooring } = lands[land]
  return {
    land,
    house,
    turned,
    sky: skyOf(light, turned),
    ground: groundOf(land, light),
    home: homeOf(house, title, light),
    site: (house === 'boat' && mooring) || site,
    postmark: fitted(address.zipCode, 29, 1.15),
    ink: light.depth > 0.4 ? '#fbedd0' : '#2b1d1a',
  }
}

/** A profile's stamp: initials, and the land of the favorite city behind them. */
export function stamp({ id, favoriteCity }: { id: number; favoriteCity: string }, name: string) {
  const land = landOf(favoriteCity)
  const light = lightOf(id)
  const turned = id % 2 === 1
  return {
    land,
    turned,
    sky: skyOf(light, turned),
    ground: groundOf(land, light),
    initials: fitted(initialsOf(name), 60, 4.6),
  }
}

/** A line of lettering and the scale at which it fits a width. */
function fitted(text: string, room: number, largest: number) {
  const { d, width } = lettering(text)
  return { d, scale: round(Math.min(largest, room / Math.max(width, 1))) }
}

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
  ['lakes', /lake|falls|springs|river\b|bridge|amsterdam|stockholm|venice|gen[eè]v/i],
  ['hills', /mount|hill|ridge|heights|valley|glen|rock\b|budapest|edinburgh|rom[ae]$|lyon/i],
  ['plains', /meadow|prairie|plain|field|grove|buenos aires/i],
  ['desert', /desert|mesa\b|palm|joshua|las vegas|phoenix|cairo|marrakes/i],
]

const kinds = Object.keys(lands) as Land[]

/** The land of a place. One that no table knows gets the same one each time, by the letters of its name. */
function landOf(city: string, state = ''): Land {
  const named = cities.find(([, words]) => words.test(city))?.[0]
  const ofState = kinds.find(
    (kind) => state && states[kind].split(' ').includes(state.toUpperCase())
  )
  const sum = Array.from(`${city}${state}`.toLowerCase()).reduce(
    (total, letter) => total + letter.codePointAt(0)!,
    0
  )
  return named ?? ofState ?? kinds[sum % kinds.length]
}

const homes: [House, RegExp][] = [
  ['treehouse', /tree ?house/i],
  ['silo', /silo/i],
  ['dome', /dome|igloo|yurt|mushroom/i],
  ['burrow', /burrow|underground|cave|hobbit/i],
  ['boat', /boat|pirate|ship\b|yacht|barge/i],
  ['hut', /\bhut|cabin|chalet|lodge|a-frame/i],
]

/** The house that a title speaks of; a plain one otherwise. */
const houseOf = (title: string): House =>
  homes.find(([, words]) => words.test(title))?.[0] ?? 'house'

const lightOf = (id: number) => lights[id % lights.length]

/** The sky and its sun or moon, which keeps clear of the postmark. */
function skyOf(light: Light, turned: boolean) {
  const x = turned ? Math.min(300 - light.at[0], 158) : light.at[0]
  const disc = (radius: number) => `M${x} ${light.at[1] - radius}a${radius} ${radius} 0 1 0 .1 0z`
  const rings = [132, 92, 58].map((radius, ring) => ({
    d: disc(radius),
    fill: mixed(light.sky, light.glow, 0.3 * (ring + 1)),
  }))
  return drawn([
    { d: 'M0 0h300v200h-300z', fill: light.sky },
    ...rings,
    ...(light.stars ? [{ d: stars, fill: light.sun, width: 2, opacity: 0.8 }] : []),
    { d: disc(22), fill: light.sun },
  ])
}

/** The land from far to near; the far takes on the sky's colour, and all of it the hour's. */
const groundOf = (land: Land, light: Light) =>
  drawn(
    lands[land].layers.map(({ base, haze, ...shape }) => ({
      ...shape,
      fill: mixed(mixed(base, light.tint, light.depth), mixed(light.sky, light.glow, 0.55), haze),
    }))
  )

function homeOf(house: House, title: string, light: Light) {
  const props = /hot ?tub|jacuzzi|spa\b/i.test(title) ? hotTub : []
  return drawn(
    [...houses[house], ...props].map((shape) => ({
      ...shape,
      fill: shape.fill === '$' ? light.window : mixed(shape.fill, light.tint, light.depth * 0.6),
    }))
  )
}

/** Shapes as SVG: presentation attributes only, for the pages forbid inline style. */
const drawn = (shapes: Shape[]) =>
  shapes
    .map(({ d, fill, width, opacity }) => {
      const paint = width
        ? `fill="none" stroke="${fill}" stroke-width="${width}"`
        : `fill="${fill}"`
      return `<path ${paint}${opacity ? ` opacity="${opacity}"` : ''} d="${d}"/>`
    })
    .join('')

function mixed(from: string, to: string, share: number) {
  const channel = (color: string, at: number) => Number.parseInt(color.slice(at, at + 2), 16)
  const mix = (at: number) => Math.round(channel(from, at) * (1 - share) + channel(to, at) * share)
  return `#${[1, 3, 5].map((at) => mix(at).toString(16).padStart(2, '0')).join('')}`
}

const round = (number: number) => Math.round(number * 100) / 100
