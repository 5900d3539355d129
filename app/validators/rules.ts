import vine, { SimpleMessagesProvider } from '@vinejs/vine'
import type { SchemaTypes } from '@vinejs/vine/types'
import { MAX_ID } from '#services/params'

const CONTROLS = /[\p{Cc}\u2028\u2029]/u
const CONTROLS_BUT_LINES = /(?![\t\n\r])\p{Cc}/u

type TextOptions = {
  /** Characters at least and at most, as a reader counts code points and both databases do. */
  min: number
  max: number
  /** Whether the text may run over several lines. */
  lines?: boolean
  /** What the text must be like, and that in words. */
  like?: [RegExp, string]
}

const textRule = vine.createRule<TextOptions>((value, { min, max, lines, like }, field) => {
  if (typeof value !== 'string') return
  const text = value.trim().normalize('NFC')
  const { length } = [...text]
  const refuse = (why: string) => field.report(why, 'text', field)

  if (length === 0 && min > 0) refuse('is empty')
  else if (length < min || length > max) {
    refuse(
      `must have ${min === max ? min : min === 0 ? `at most ${max}` : `${min} to ${max}`} characters, not ${length}`
    )
  } else if (!text.isWellFormed()) refuse('holds half a character (a lone surrogate)')
  else if ((lines ? CONTROLS_BUT_LINES : CONTROLS).test(text)) refuse('holds control characters')
  else if (like && !like[0].test(text)) refuse(like[1])
  else field.mutate(text, field)
})

/** Text without control characters, trimmed, its marks composed as a search has them. */
export const text = (options: TextOptions) => vine.string().use(textRule(options))

/** A whole number. Digits in text are not one: who reads text makes them one. */
export const integer = (min: number, max: number) =>
  vine.number({ strict: true }).withoutDecimals().range([min, max])

/** A row's id, which an import may leave out. */
export const id = () => integer(1, MAX_ID).optional()

/** Compiles fields to a validator whose messages go behind a field's name: «must be from 0 to 9999». */
export function rules<Fields extends Record<string, SchemaTypes>>(fields: Fields) {
  const validator = vine.create(fields)
  validator.messagesProvider = new SimpleMessagesProvider({
    required: 'is missing',
    string: 'must be text',
    number: 'must be a whole number',
    withoutDecimals: 'must be a whole number',
    range: 'must be from {{ min }} to {{ max }}',
  })
  return validator
}
