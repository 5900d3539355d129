import { appUrl } from '#config/app'
import { PER_PAGE } from '#services/pager'
import { SORTS } from '#services/lists/search'

const text = (description?: string) => ({ type: 'string', ...(description && { description }) })
const object = (properties: Record<string, object>) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
})
const address = { type: ['string', 'null'], format: 'uri' }
const json = (schema: string) => ({
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
})

const parameter = (name: string, schema: object, description: string) => ({
  name,
  in: 'query',
  schema: { type: 'string', ...schema },
  description,
})

const cursors = [
  parameter('after', {}, 'Cursor of the page to come next: follow `next` rather than make one up.'),
  parameter('before', {}, 'Cursor of the page before: follow `previous`.'),
]

const answers = (list: string) => ({
  200: { description: 'A page of the list.', ...json(list) },
  304: { description: 'The page is still the one whose ETag If-None-Match has.' },
  400: { description: 'A parameter is malformed.', ...json('Problems') },
  503: { description: 'The database is away; Retry-After says when to ask again.', ...json('Failure') },
  default: { description: 'Another failure, such as 405 for anything but GET and HEAD.', ...json('Failure') },
}) // prettier-ignore

const list = (item: string) =>
  object({
    items: {
      type: 'array',
      items: { $ref: `#/components/schemas/${item}` },
      maxItems: PER_PAGE,
    },
    total: object({
      count: { type: 'integer', minimum: 0 },
      exact: { type: 'boolean', description: 'Whether the count is one, or a guess.' },
    }),
    previous: address,
    next: address,
  })

/** What /api answers, for those who write programs against it. */
export const openapi = {
  openapi: '3.1.0',
  info: {
    title: 'OC Lettings',
    version: '1',
    description: 'The lists of the site as JSON, for reading, without a key.',
  },
  servers: [{ url: appUrl }],
  paths: {
    '/api/lettings': {
      get: {
        operationId: 'listLettings',
        summary: 'The lettings that a search finds, as /lettings has them.',
        parameters: [
          parameter(
            'q',
            { maxLength: 200 },
            'Words, or their beginnings, in any order; case and accents do not matter. All of the first eight must be in title, address or country.'
          ),
          parameter('country', { pattern: '^[A-Za-z]{3}$' }, 'ISO 3166-1, such as USA.'),
          parameter(
            'state',
            { minLength: 2, maxLength: 2 },
            'A state of that country, which must be given too.'
          ),
          parameter('city', { maxLength: 64 }, 'A city of that state, which must be given too.'),
          parameter(
            'sort',
            { enum: SORTS, default: SORTS[0] },
            'By title and city, at most the newest 1,000 of what is searched for are sorted.'
          ),
          ...cursors,
        ],
        responses: answers('Lettings'),
      },
    },
    '/api/profiles': {
      get: {
        operationId: 'listProfiles',
        summary: 'The profiles, as /profiles has them.',
        parameters: cursors,
        responses: answers('Profiles'),
      },
    },
  },
  components: {
    schemas: {
      Lettings: list('Letting'),
      Letting: object({
        id: { type: 'integer' },
        title: text(),
        number: { type: 'integer' },
        street: text(),
        city: text(),
        state: text('Two characters of ISO 3166-2.'),
        zip_code: text(),
        country_iso_code: text('Three letters of ISO 3166-1.'),
        country: text('Its English name.'),
        url: { type: 'string', format: 'uri' },
      }),
      Profiles: list('Profile'),
      Profile: object({
        id: { type: 'integer' },
        username: text(),
        first_name: text(),
        last_name: text(),
        favorite_city: text('May be empty.'),
        url: { type: 'string', format: 'uri' },
      }),
      Problems: object({
        errors: { type: 'array', items: object({ parameter: text(), message: text() }) },
      }),
      Failure: object({ status: { type: 'integer' }, title: text(), message: text() }),
    },
  },
}
