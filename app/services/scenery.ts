/** What postcards and stamps are composed of. A card is 300 wide and 200 high; houses stand on their own origin. */

/** A shape: a path that is filled, or stroked where it has a width. */
export type Shape = { d: string; fill: string; width?: number; opacity?: number }

export type Land = 'coast' | 'lakes' | 'hills' | 'plains' | 'desert' | 'city'
export type House = 'house' | 'hut' | 'silo' | 'dome' | 'burrow' | 'boat' | 'treehouse'

/** The light of an hour of the day: what it does to every colour under it. */
type Light = {
  sky: string
  glow: string
  sun: string
  /** Colour that the light lays over the land, and how thickly, 0 to 1. */
  tint: string
  depth: number
  /** Where the sun or moon stands. */
  at: [x: number, y: number]
  window: string
  hasStars?: boolean
}

// prettier-ignore
export const lights: Light[] = [
  { sky: '#ee9d86', glow: '#f9d9ae', sun: '#d9472b', tint: '#c7566a', depth: 0.22, at: [96, 96], window: '#ffe6a8' },
  { sky: '#a9d5d3', glow: '#f6efd0', sun: '#fffaf0', tint: '#fbe7b0', depth: 0.14, at: [84, 68], window: '#2b4a55' },
  { sky: '#4fa9bf', glow: '#a9d9d6', sun: '#fff3c9', tint: '#ffffff', depth: 0.02, at: [112, 46], window: '#23424f' },
  { sky: '#eda23f', glow: '#fbdf92', sun: '#fff6d6', tint: '#d4601f', depth: 0.26, at: [76, 88], window: '#5a2f22' },
  { sky: '#6a4f86', glow: '#ee8a6b', sun: '#ffc46b', tint: '#43285f', depth: 0.46, at: [70, 74], window: '#ffd27a' },
  { sky: '#15294b', glow: '#33588a', sun: '#f4ecd0', tint: '#0f2046', depth: 0.56, at: [88, 50], window: '#ffcf6e', hasStars: true },
]

export const stars =
  'M28 30h.1M52 70h.1M40 100h.1M130 24h.1M150 78h.1M176 40h.1M204 70h.1M220 26h.1M268 92h.1M190 92h.1M16 62h.1M284 28h.1'

/** A land: what lies behind its house, far to near, and where the house stands. `haze` is how much sky the air lays over it. */
type Layer = { d: string; base: string; haze: number; width?: number; opacity?: number }

// prettier-ignore
export const lands: Record<Land, { layers: Layer[]; site: [x: number, y: number]; mooring?: [x: number, y: number] }> = {
  coast: {
    site: [226, 122],
    mooring: [128, 150],
    layers: [
      { base: '#4d7f86', haze: 0.6, d: 'M0 120v-24c18-3 26-17 46-15s26 19 50 22 36 8 52 17z' },
      { base: '#1f7f8c', haze: 0.12, d: 'M0 118h300v82h-300z' },
      { base: '#e8f1e4', haze: 0.2, width: 1.6, opacity: 0.7, d: 'M18 128h52m14 0h30M42 137h74m16 0h18M10 147h42m20 0h58M60 158h70' },
      { base: '#6f9a5b', haze: 0.22, d: 'M300 200v-97c-22-5-40 1-62 2s-44 6-56 14c-10 7-12 22-26 30-14 9-34 14-46 51z' },
      { base: '#3d6b4a', haze: 0, d: 'M300 200v-66c-26 2-44 12-62 26s-50 18-66 40z' },
      { base: '#ecd3a0', haze: 0, d: 'M0 200v-26c42-2 76 6 106 26z' },
      { base: '#fffaf0', haze: 0, width: 2.5, opacity: 0.85, d: 'M0 171c46-2 84 8 116 31' },
    ],
  },
  lakes: {
    site: [214, 142],
    mooring: [112, 166],
    layers: [
      { base: '#54788c', haze: 0.58, d: 'M0 126v-24l34-32 22 20 36-46 42 50 22-20 36 34 30-24 78 42z' },
      { base: '#fffaf0', haze: 0.3, opacity: 0.9, d: 'M92 44l-16 20 9-3 7 7 8-6 9 3z' },
      { base: '#3f6a5c', haze: 0.34, d: 'M0 130v-18c40-8 70 2 100-2s60-14 100-6 70-2 100 6v20z' },
      { base: '#2f7390', haze: 0.2, d: 'M0 128h300v72h-300z' },
      { base: '#eef3e2', haze: 0.1, width: 1.5, opacity: 0.6, d: 'M20 138h46m12 0h20M96 146h60M30 154h38m40 0h52M74 164h44M20 172h30' },
      { base: '#35634c', haze: 0.08, d: 'M300 200v-66c-40-2-74 2-100 8s-34 10-30 18c4 10 40 14 10 40z' },
      { base: '#22493a', haze: 0, d: 'M252 138l9-40 9 40zm18 4l11-54 12 54zm24 2l9-38 9 38zM0 200v-20l6-34 7 30 4-48 10 50 6-26 7 32c10 0 20 6 26 16z' },
    ],
  },
  hills: {
    site: [196, 126],
    layers: [
      { base: '#5e7f8a', haze: 0.62, d: 'M0 128v-34c32-26 58-26 88-8s50 16 78-8 78-24 134 6v44z' },
      { base: '#5f8f68', haze: 0.4, d: 'M0 150v-34c40-22 74-18 112 0s96 8 188-20v54z' },
      { base: '#7aa05a', haze: 0.2, d: 'M0 200v-52c50-28 98-24 146-20s104 2 154-8v80z' },
      { base: '#f2e2b4', haze: 0.05, width: 3.5, d: 'M196 126c-16 14-58 12-52 26s44 16 34 50' },
      { base: '#4c7a48', haze: 0.06, d: 'M0 200v-30c40-14 82-8 112 6 20 9 30 16 36 24zM300 200v-44c-30 4-62 18-84 44z' },
      { base: '#dcc476', haze: 0.04, width: 1.6, opacity: 0.6, d: 'M10 184c36-8 66-2 96 16M4 194c26-5 46-1 66 8M292 168c-22 5-40 14-54 32M296 182c-14 4-24 10-32 20' },
      { base: '#2f5a3c', haze: 0.1, d: 'M40 146c-9 0-9-20 0-26 9 6 9 26 0 26zM58 142c-7 0-7-16 0-21 7 5 7 21 0 21zM252 124c-9 0-9-22 0-29 9 7 9 29 0 29z' },
    ],
  },
  plains: {
    site: [206, 146],
    layers: [
      { base: '#7d93a0', haze: 0.62, d: 'M0 140v-12c50-8 100-2 150-6s100-8 150 2v16z' },
      { base: '#c9b45e', haze: 0.3, d: 'M0 136h300v64h-300z' },
      { base: '#8fa653', haze: 0.22, d: 'M0 140c70-8 120 2 180 2s90-4 120-6v14c-80 4-220-4-300 4z' },
      { base: '#dcb44a', haze: 0.04, d: 'M0 200v-46c100-10 200-8 300-8v54z' },
      { base: '#a9772c', haze: 0.02, width: 1.6, opacity: 0.65, d: 'M118 150l-118 26M124 150l-92 50M130 150l-44 52M137 150l6 52M144 150l56 52M151 150l106 50M158 150l142 36' },
      { base: '#5d7c44', haze: 0.16, d: 'M28 148c-7 0-7-32 0-40 7 8 7 40 0 40zM43 148c-6 0-6-26 0-34 6 8 6 34 0 34zM57 147c-6 0-6-30 0-37 6 7 6 37 0 37zM258 146c-12 0-14-22 0-28 14 6 12 28 0 28z' },
    ],
  },
  desert: {
    site: [208, 140],
    layers: [
      { base: '#a4586a', haze: 0.58, d: 'M0 130v-26h22l6-22h44l8 18 10 2 6 26h92l10-30h12l4-14h34l6 16h12l6 30h32v8z' },
      { base: '#bb5a3a', haze: 0.3, d: 'M0 140v-22l14-2 6-26h30l8 20 16 4 10 22zM184 142l10-20 8-2 6-10h26l10 24 56-2v10z' },
      { base: '#d98a4e', haze: 0.16, d: 'M0 200v-66c60-6 120 2 170 2s90-6 130-4v68z' },
      { base: '#e7b06c', haze: 0.02, d: 'M0 200v-28c50-16 96-20 150-8s100 6 150-8v44z' },
      { base: '#c26d3c', haze: 0, d: 'M0 200v-10c60-14 110-10 170 10zM300 200v-22c-40 0-70 8-96 22z' },
      { base: '#3f6b4c', haze: 0.02, d: 'M60 170v-22h-8q-6 0-6-6v-12a3 3 0 0 1 6 0v11h8v-30a5 5 0 0 1 10 0v38h7v-12a3 3 0 0 1 6 0v12q0 7-6 7h-7v14zM262 158v-12h-4q-4 0-4-4v-8a2 2 0 0 1 4 0v7h4v-18a3 3 0 0 1 6 0v35z' },
    ],
  },
  city: {
    site: [210, 160],
    mooring: [96, 178],
    layers: [
      { base: '#5a6f8f', haze: 0.6, d: 'M0 150v-62h22v-14h20v20h14v-36h22v-10h6v10h6v40h16v-20h24v30h18v-50l11-12 11 12v44h16v-26h24v20h16v-34h26v22h18v-10h30v76z' },
      { base: '#43587c', haze: 0.34, d: 'M0 156v-44h14v-12h24v20h14v-30h26v16h10v-22h8l4-24 4 24h8v46h22v-26h26v20h16v-30h28v24h18v-14h24v22h20v-32h24v64z' },
      { base: '#ffe3a0', haze: 0.1, width: 2, opacity: 0.85, d: 'M20 110v36M28 110v36M60 100v46M68 100v46M100 92v54M142 118v30M152 118v30M186 104v40M194 104v40M236 108v36M288 106v40' },
      { base: '#2d6f80', haze: 0.16, d: 'M0 152h300v48h-300z' },
      { base: '#f0ead2', haze: 0.1, width: 1.5, opacity: 0.6, d: 'M14 160h44m12 0h28M58 168h62M20 177h40m36 0h40' },
      { base: '#5d8a56', haze: 0.06, d: 'M300 200v-44c-50-2-96 2-118 8s-34 20-26 36z' },
      { base: '#35603f', haze: 0.02, d: 'M256 160v-8c-14 0-14-24 3-26 15 2 15 26 1 26v8zM284 164v-8c-12 0-12-20 2-22 13 2 13 22 1 22v8z' },
    ],
  },
}

/** Houses, in the colours of the site: cream walls, orange roofs. `$` is the light in the window. */
const wall = '#fbedd0'
const shade = '#e3c79b'
const roof = '#d9501e'
const door = '#0f5c5c'
const wood = '#7a4a2b'

// prettier-ignore
export const houses: Record<House, { d: string; fill: string; width?: number }[]> = {
  house: [
    { fill: wood, d: 'M9-32h6v14h-6z' },
    { fill: wall, d: 'M-20 0v-19h40v19z' },
    { fill: shade, d: 'M6 0v-19h14v19z' },
    { fill: roof, d: 'M-25-18l11-16h28l11 16z' },
    { fill: door, d: 'M-3 0v-11h7v11z' },
    { fill: '$', d: 'M-15-5v-8h7v8zm24 0v-8h7v8z' },
  ],
  hut: [
    { fill: roof, d: 'M-25 0l25-42 25 42z' },
    { fill: wall, d: 'M-15 0l15-26 15 26z' },
    { fill: wood, d: 'M-28 0h56v3h-56z' },
    { fill: door, d: 'M-4 0v-11h8v11z' },
    { fill: '$', d: 'M-3-14h6v-5h-6z' },
  ],
  silo: [
    { fill: shade, d: 'M-24 3v-45h20v45z' },
    { fill: wall, d: 'M-24 3v-45h11v45z' },
    { fill: roof, d: 'M-26-41a12 13 0 0 1 24 0z' },
    { fill: wood, width: 1, d: 'M-24-31h20M-24-20h20M-24-9h20' },
    { fill: wall, d: 'M-4 3v-19h30v19z' },
    { fill: roof, d: 'M-8-15l6-12h24l8 12z' },
    { fill: door, d: 'M14 3v-11h7v11z' },
    { fill: '$', d: 'M2-3v-7h7v7zM-18-24v-6h7v6z' },
  ],
  dome: [
    { fill: wall, d: 'M-14 3v-16h28v16z' },
    { fill: shade, d: 'M5 3v-16h9v16z' },
    { fill: roof, d: 'M-31-11c0-36 62-36 62 0-14 4-48 4-62 0z' },
    { fill: wall, d: 'M-18-20a4 4 0 1 0 .1 0zM0-31a5 5 0 1 0 .1 0zM17-21a4 4 0 1 0 .1 0z' },
    { fill: door, d: 'M-4 3v-9a4 4 0 0 1 8 0v9z' },
    { fill: '$', d: 'M-11-2v-5h4v5zm19 0v-5h4v5z' },
  ],
  burrow: [
    { fill: wood, d: 'M18-42h7v16h-7z' },
    { fill: '#6c9a4e', d: 'M-48 4c4-24 22-36 46-36s40 12 46 36z' },
    { fill: '#4f7f42', d: 'M6-31c22 2 34 14 38 35h-22c2-14-4-26-16-35z' },
    { fill: shade, d: 'M-8-20a12 12 0 1 0 .1 0z' },
    { fill: roof, d: 'M-8-17a9 9 0 1 0 .1 0z' },
    { fill: wall, d: 'M-4-10a1.5 1.5 0 1 0 .1 0zM16-15a6 6 0 1 0 .1 0zM-30-12a5 5 0 1 0 .1 0z' },
    { fill: '$', d: 'M16-13a4 4 0 1 0 .1 0zM-30-10a3 3 0 1 0 .1 0z' },
  ],
  boat: [
    { fill: wood, width: 2, d: 'M2-8v-52' },
    { fill: wall, d: 'M5-58c18 12 26 28 26 44h-26z' },
    { fill: shade, d: 'M-1-52c-6 18-14 30-24 38h24z' },
    { fill: roof, d: 'M-32-10h68c-4 10-10 16-18 18h-36c-8-4-12-10-14-18z' },
    { fill: wall, width: 1.8, d: 'M-28-4h58' },
    { fill: roof, d: 'M2-60l-13 4 13 5z' },
  ],
  treehouse: [
    { fill: wood, d: 'M-4 4c2-16 1-30-1-40h10c-2 14-1 26 1 40z' },
    { fill: '#3f7048', d: 'M-34-36c-8-16 8-28 16-25 4-14 32-16 38-1 14-2 20 16 10 26z' },
    { fill: wood, d: 'M-24-20h50v3h-50zM-20-18l16 14v-5l-11-9z' },
    { fill: wall, d: 'M-16-20v-15h32v15z' },
    { fill: roof, d: 'M-21-34l21-14 21 14z' },
    { fill: '$', d: 'M-10-25v-7h7v7zm13 0v-7h7v7z' },
  ],
}

/** A barrel of warm water, beside the house. */
export const hotTub = [
  { fill: wood, d: 'M30 4v-11h26v11z' },
  { fill: '#bfe3e0', d: 'M29-7h28v-3h-28z' },
  { fill: '#fffaf0', width: 1.6, d: 'M36-14q-3-4 0-7t0-7M43-15q-3-4 0-7t0-7M50-14q-3-4 0-7t0-7' },
]
