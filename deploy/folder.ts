import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Gives a function a folder of its own, which goes with it, and with a run that is interrupted meanwhile: it may hold secrets. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-lettings-'))
  const forget = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', forget)
  return use(folder).finally(forget)
}
