import { readdirSync, readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'

const read = (path: string) => readFileSync(app.makePath(path), 'utf8')
const tableRows = (text: string) =>
  [...text.matchAll(/^\| `([A-Z][A-Z0-9_]+)` +\|/gm)].map(([, name]) => name)

test.group('README', () => {
  test('its table of variables has each of start/env.ts, and no other', ({ assert }) => {
    const validated = [...read('start/env.ts').matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(
      ([, name]) => name
    )
    const section = read('README.md')
      .split(/^## /m)
      .find((part) => part.startsWith('Environment variables'))!
    assert.isAbove(validated.length, 10)
    assert.sameMembers(tableRows(section), validated)
  })

  test('its table of make targets has each of the Makefile, and no other', ({ assert }) => {
    const targets = [...read('Makefile').matchAll(/^([a-z-]+):.*## /gm)].map(([, name]) => name)
    const named = [...read('README.md').matchAll(/^\| `make ([a-z-]+)/gm)].map(([, name]) => name)
    assert.sameMembers([...new Set(named)], targets)
  })
})

test.group('The docs', () => {
  test('lead to files that are there', async ({ assert }) => {
    const pages = await Array.fromAsync(glob('{*.md,docs/**/*.md}', { cwd: app.makePath() }))
    const links = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\(([^)#:]+)[#)]/g)].map(([, path]) => join(dirname(page), path))
    )
    assert.isAbove(links.length, 30)
    for (const path of links) read(path)
  })

  test('tell admins of each command, and who deploys of each variable', ({ assert }) => {
    const sources = readdirSync(app.commandsPath()).map((file) => read(`commands/${file}`))
    const commands = sources.flatMap((text) => text.match(/(?<=commandName = ')[^']+/) ?? [])
    const variables = read('deploy/settings.ts').match(/^ {2}[A-Z_]+(?=: )/gm)!
    assert.isAbove(Math.min(commands.length, variables.length), 5)
    for (const name of commands) assert.include(read('docs/admins.md'), name)
    for (const name of variables) assert.include(read('docs/deploy.md'), `\`${name.trim()}\``)
  })
})
