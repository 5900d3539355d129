import { hash } from 'node:crypto'
import logger from '@adonisjs/core/services/logger'
import edge from 'edge.js'
import { type Answer, answerWithText, type Encoding } from '#services/answer'

const explanations: Record<number, { title: string; message: string }> = {
  400: {
    title: 'That address is malformed',
    message: 'Something in the address of this page cannot be read.',
  },
  404: { title: 'There is no such page', message: 'It may have been let, moved or never built.' },
  405: {
    title: 'That is not how this page works',
    message: 'Pages of this site can be read, and nothing else.',
  },
  500: {
    title: 'Something broke on our side',
    message: 'It has been reported. Please try again in a moment.',
  },
  503: {
    title: 'Back in a moment',
    message: 'The site cannot reach its data right now. It comes back by itself.',
  },
}

/** What a visitor is told about a status, in words. */
export function explain(status: number) {
  return { status, ...(explanations[status] ?? explanations[status < 500 ? 400 : 500]) }
}

/** A page that needs neither database nor assets: it carries its own style, and the policy that allows just that. */
export function standalonePage(status: number) {
  const html = render(explain(status))
  const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? ''
  const policy = `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; base-uri 'none'; frame-ancestors 'none'`
  return { html, policy }
}

function render(told: ReturnType<typeof explain>) {
  try {
    return edge.renderSync('pages/errors/standalone', told)
  } catch (err) {
    // nobody catches what is thrown here: it would reach the visitor, or end the process
    logger.error({ err }, 'the page about an error cannot be rendered')
    return `<!DOCTYPE html><title>${told.title}</title><h1>${told.title}</h1><p>${told.message}</p>`
  }
}

const answers = new Map<string, Answer>()

/** The page about a client's mistake, as it was last made. */
export const cachedMistake = (status: number, encoding: Encoding) =>
  answers.get(`${status} ${encoding}`)

/** The page about a client's mistake: the same wherever it is made, so each is made once. */
export async function mistake(status: number, encoding: Encoding) {
  const answer = await answerWithText(
    await edge.render('pages/errors/error', explain(status)),
    encoding,
    {
      status,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        ...(status === 405 && { allow: 'GET, HEAD' }),
      },
    }
  )
  answers.set(`${status} ${encoding}`, answer)
  return answer
}
