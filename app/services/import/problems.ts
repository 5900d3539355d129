import { closeSync, openSync, writeSync } from 'node:fs'
import { Refusal } from '#services/command_errors'
import { refuseOverwriting } from '#services/export'

/** Problems that are kept to be shown; the rest is counted, and written to the file if there is one. */
const KEPT = 100

/** «1 problem», «2,000 rows» */
export const countOf = (number: number, noun: string) =>
  `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`

export type Problem = { line?: number; column?: string; why: string }

/** A problem in one line: «line 3, zip_code: must be text». */
export const describe = ({ line, column, why }: Problem) => {
  const where = [line && `line ${line}`, column].filter(Boolean).join(', ')
  return where ? `${where}: ${why}` : why
}

/** What is wrong with the rows of a file: the first of them, how many there are and, in a file if one is named, all. */
export class Problems {
  count = 0
  readonly kept: Problem[] = []
  #file?: number

  /** All of them go to the file at `path`, which must be neither the one that is read nor the database. */
  constructor(
    readonly path?: string,
    readonly source?: string
  ) {
    if (!path) return
    refuseOverwriting('--errors', path, source)
    this.#file = this.#written(() => openSync(path, 'w'))
  }

  add(why: string, line?: number, column?: string) {
    const problem = { line, column, why }
    this.count++
    if (this.kept.length < KEPT) this.kept.push(problem)
    const file = this.#file
    if (file !== undefined) this.#written(() => writeSync(file, `${describe(problem)}\n`))
  }

  /** Ends the file; where there are any, a Refusal says how many. */
  close(hint = '') {
    if (this.#file !== undefined) closeSync(this.#file)
    if (!this.count) return
    const all =
      this.path && this.count > this.kept.length ? `; all of them are in ${this.path}` : ''
    const message = `${this.source}: ${countOf(this.count, 'problem')}, nothing was imported${hint}${all}`
    throw new Refusal(message, this.kept, this.count)
  }

  #written(write: () => number) {
    try {
      return write()
    } catch (error: any) {
      throw new Refusal(`${this.path} cannot be written: ${error.message}`)
    }
  }
}
