import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { format } from 'prettier'
import { must } from '../deploy/rehearsal/shell.ts'
import { root } from './processes.ts'

/** A Markdown table; columns with nothing in them are left out. */
export function table(headings: string[], lines: string[][]) {
  const used = headings.map((_, at) => lines.some((line) => line[at]))
  const row = (cells: string[]) => `| ${cells.filter((_, at) => used[at]).join(' | ')} |`
  return [row(headings), row(headings.map(() => '---')), ...lines.map(row)].join('\n')
}

/** What was measured, when and on what. */
export async function conditions() {
  const commit = await must('git', ['describe', '--always', '--dirty'], { cwd: root })
  const [{ model }] = cpus()
  const day = new Date().toISOString().slice(0, 10)
  return `Commit ${commit}, ${day}, Node ${process.versions.node}, ${cpus().length} × ${model.trim()}`
}

/** Puts a text between the two marks of docs/performance.md that have its name. */
export async function write(name: string, text: string) {
  const file = join(root, 'docs/performance.md')
  const page = await readFile(file, 'utf8')
  const marks = new RegExp(`(<!-- ${name} -->)[^]*(<!-- /${name} -->)`)
  if (!marks.test(page)) throw new Error(`docs/performance.md has no place for ${name}`)
  const written = page.replace(marks, (_, begin, end) => `${begin}\n\n${text}\n\n${end}`)
  await writeFile(file, await format(written, { parser: 'markdown' }))
}
