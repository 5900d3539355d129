/**
 * Plausible lettings and profiles for demonstrations, tests and benchmarks: the same number gives the same row, without the ones
 * before it.
 */

/** City, state (ISO 3166-2, two characters), country, and zip code with # for a digit and ? for a letter. */
// prettier-ignore
const CITIES = [
  ['Brunswick', 'GA', 'USA', '3152#'], ['Willoughby', 'OH', 'USA', '4409#'], ['Newport News', 'VA', 'USA', '2360#'],
  ['Marquette', 'MI', 'USA', '4985#'], ['Aliquippa', 'PA', 'USA', '1500#'], ['East Meadow', 'NY', 'USA', '1155#'],
  ['Boston', 'MA', 'USA', '021##'], ['Portland', 'ME', 'USA', '0410#'], ['Burlington', 'VT', 'USA', '0540#'],
  ['Providence', 'RI', 'USA', '0290#'], ['Hartford', 'CT', 'USA', '061##'], ['Concord', 'NH', 'USA', '0330#'],
  ['Newark', 'NJ', 'USA', '071##'], ['New York', 'NY', 'USA', '100##'], ['Philadelphia', 'PA', 'USA', '191##'],
  ['Baltimore', 'MD', 'USA', '212##'], ['Wilmington', 'DE', 'USA', '198##'], ['Charleston', 'SC', 'USA', '2940#'],
  ['Asheville', 'NC', 'USA', '2880#'], ['Savannah', 'GA', 'USA', '3140#'], ['Miami', 'FL', 'USA', '331##'],
  ['Key West', 'FL', 'USA', '3304#'], ['Nashville', 'TN', 'USA', '372##'], ['Louisville', 'KY', 'USA', '402##'],
  ['Mobile', 'AL', 'USA', '366##'], ['Biloxi', 'MS', 'USA', '3953#'], ['New Orleans', 'LA', 'USA', '701##'],
  ['Little Rock', 'AR', 'USA', '722##'], ['Austin', 'TX', 'USA', '787##'], ['El Paso', 'TX', 'USA', '799##'],
  ['Tulsa', 'OK', 'USA', '741##'], ['Wichita', 'KS', 'USA', '672##'], ['Omaha', 'NE', 'USA', '681##'],
  ['Sioux Falls', 'SD', 'USA', '5710#'], ['Fargo', 'ND', 'USA', '5810#'], ['Duluth', 'MN', 'USA', '5580#'],
  ['Madison', 'WI', 'USA', '537##'], ['Chicago', 'IL', 'USA', '606##'], ['Bloomington', 'IN', 'USA', '4740#'],
  ['Des Moines', 'IA', 'USA', '503##'], ['St. Louis', 'MO', 'USA', '631##'], ['Denver', 'CO', 'USA', '802##'],
  ['Jackson', 'WY', 'USA', '8300#'], ['Bozeman', 'MT', 'USA', '5971#'], ['Boise', 'ID', 'USA', '837##'],
  ['Moab', 'UT', 'USA', '84532'], ['Sedona', 'AZ', 'USA', '8633#'], ['Santa Fe', 'NM', 'USA', '8750#'],
  ['Reno', 'NV', 'USA', '895##'], ['San Diego', 'CA', 'USA', '921##'], ['Laguna Beach', 'CA', 'USA', '9265#'],
  ['San Francisco', 'CA', 'USA', '941##'], ['Portland', 'OR', 'USA', '972##'], ['Seattle', 'WA', 'USA', '981##'],
  ['Anchorage', 'AK', 'USA', '9950#'], ['Honolulu', 'HI', 'USA', '968##'], ['Montréal', 'QC', 'CAN', 'H#? #?#'],
  ['Québec', 'QC', 'CAN', 'G1? #?#'], ['Vancouver', 'BC', 'CAN', 'V6? #?#'], ['Orléans', '45', 'FRA', '45000'],
  ['Saint-Étienne', '42', 'FRA', '42000'], ['Köln', 'NW', 'DEU', '506##'], ['München', 'BY', 'DEU', '803##'],
  ['Berlin', 'BE', 'DEU', '101##'], ['Zürich', 'ZH', 'CHE', '800#'], ['Genève', 'GE', 'CHE', '120#'],
  ['Forlì', 'FC', 'ITA', '4712#'], ['Barcelona', 'CT', 'ESP', '080##'], ['A Coruña', 'GA', 'ESP', '1500#'],
  ['Málaga', 'AN', 'ESP', '2900#'], ['Budapest', 'BU', 'HUN', '105#'], ['São Paulo', 'SP', 'BRA', '010##-0##'],
  ['Florianópolis', 'SC', 'BRA', '880##-0##'], ['Perth', 'WA', 'AUS', '600#'],
] as const

// prettier-ignore
const STREETS = [
  'Bedford Street', 'Military Street', 'Wintergreen Avenue', 'E. Joy Ridge Street', 'Harvard Street', 'Argyle Avenue',
  'Orchard Lane', 'Lighthouse Road', 'Old Mill Road', 'Harbor View Drive', 'Chestnut Street', 'Magnolia Avenue',
  'N. Juniper Way', 'Ferry Landing', 'Meadowlark Lane', 'Prairie Rose Court', 'Quarry Hill Road', 'St. Clair Street',
  "Fisherman's Walk", 'W. Sycamore Avenue', 'Boulevard des Érables', 'Sunset Terrace', 'Windmill Lane',
  'Observatory Place', 'Bluebird Trail', 'Cannery Row', 'Third Street', 'Canal Street', 'Pine Needle Loop',
  'Foxglove Close', 'Station Road', 'Elm Park', 'Hollow Oak Drive', 'Granite Street', 'Saltmarsh Road', 'Marina Boulevard',
  'Vineyard Lane', 'S. Cedar Street', 'Rue de la République', 'Larkspur Avenue', 'Beacon Hill',
]

// prettier-ignore
const MOODS = [
  'Sunny', 'Quiet', 'Cosy', 'Whimsical', 'Rustic', 'Airy', 'Hidden', 'Charming', 'Breezy', 'Storybook', 'Little', 'Grand',
  'Lakeside', 'Hilltop', 'Moonlit', 'Vintage',
]

// prettier-ignore
const HOUSES = [
  'Cottage', 'Loft', 'Bungalow', 'Cabin', 'Studio', 'Retreat', 'Haus', 'Farmhouse', 'Hut', 'Silo', 'Dome', 'Burrow',
  'Boat', 'Tree House', 'Houseboat', 'Grain Silo', 'Mushroom Dome', 'Beach Hut',
]

// prettier-ignore
const EXTRAS = [
  '', '', '', ' with a Hot Tub', ' & Hot Tub', ' by the Water', ' under the Stars', ' with a Garden', ' for Two',
  ' near the Old Town', ': Café Next Door',
]

// prettier-ignore
const FIRST_NAMES = [
  'Ada', 'Ben', 'Cassandra', 'Diego', 'Elena', 'Farid', 'Grace', 'Hugo', 'Imani', 'Jamie', 'Kenji', 'Léa', 'Mateo', 'Nora',
  'Oscar', 'Priya', 'Quentin', 'Rosa', 'Søren', 'Tilda', 'Uma', 'Viktor', 'Wanda', 'Xavier', 'Yara', 'Zoë',
]

// prettier-ignore
const LAST_NAMES = [
  'Almeida', 'Brown', 'Castillo', 'Dubois', 'Evans', 'Fischer', 'García', 'Haddad', 'Ito', 'Jansen', 'Kowalski', 'Lal',
  'Müller', 'Nguyen', "O'Neill", 'Paul', 'Quinn', 'Rodriguez', 'Silva', 'Tanaka', 'Ueda', 'Varga', 'Weber', 'Young',
  'Zhang',
]

/** The most lettings without an address that is there twice. */
export const DEMO_LIMIT = CITIES.length * STREETS.length * 9999

/** Coprime to the limit, and close to its golden section, which spreads neighbours far apart. */
const STRIDE = 18_751_187

/** Where it begins: as good as any. */
const FIRST = 23_935_294

/** Letting `i`, counted from 0; its address is that of no other. */
export function demoLetting(i: number) {
  const random = randomOf(i, 0)
  const spot = (FIRST + i * STRIDE) % DEMO_LIMIT
  const [city, state, countryIsoCode, zip] = CITIES[spot % CITIES.length]
  const rest = Math.floor(spot / CITIES.length)
  return {
    title: `${pick(MOODS, random)} ${pick(HOUSES, random)}${pick(EXTRAS, random)}`,
    number: Math.floor(rest / STREETS.length) + 1,
    street: STREETS[rest % STREETS.length],
    city: city as string,
    state: state as string,
    zipCode: zip
      .replace(/#/g, () => String(Math.floor(random() * 10)))
      .replace(/\?/g, () => pick([...'ABCEGHJKLMNPRSTVXY'], random)),
    countryIsoCode: countryIsoCode as string,
  }
}

/** Profile `i`, counted from 0, with its user's name; its username is that of no other profile. */
export function demoProfile(i: number) {
  const random = randomOf(i, 1)
  const firstName = pick(FIRST_NAMES, random)
  const lastName = pick(LAST_NAMES, random)
  const plain = `${firstName}${lastName}`
    .replace('ø', 'o')
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
  const username = `${plain}${i + 1}`
  return {
    username,
    firstName,
    lastName,
    email: `${username.toLowerCase()}@example.com`,
    favoriteCity: random() < 0.05 ? '' : (pick(CITIES, random)[0] as string),
  }
}

const pick = <T>(list: readonly T[], random: () => number) =>
  list[Math.floor(random() * list.length)]

/** SplitMix32: numbers from 0 to 1 that depend on both arguments and nothing else. */
function randomOf(i: number, kind: number) {
  let state = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(kind + 1, 0x85ebca77)
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}
