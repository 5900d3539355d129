import { appendFile, cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { must, run } from '../deploy/rehearsal/shell.ts'
import type { Add, Bench } from './main.ts'
import { folder, has, root } from './processes.ts'

/** Seconds that the pipeline takes: minutes in all, so only if asked for. */
export async function pipeline(bench: Bench, add: Add) {
  // what this make was told is not for those
  const { MAKEFLAGS, ARGS, SLOW, DB_URL, ...env } = process.env
  const time = async (what: string, target: string, options: object) => {
    const began = performance.now()
    const { exit, output } = await run('make', [target], options)
    if (exit !== 0) throw new Error(`${what} failed:\n${output.slice(-2_000)}`)
    add({ what, site: `${((performance.now() - began) / 1_000).toFixed(1)} s` })
  }
  const image = 'image after a one-line change, warm cache'
  if (bench.wants(image)) {
    const engine = has('docker') ? await run('docker', ['info']) : undefined
    if (engine?.exit !== 0) console.error(`LEFT OUT: ${image}, for no Docker engine answers`)
    else {
      const copy = join(folder, 'checkout')
      const options = { cwd: copy, env: { ...env, IMAGE: 'oc-lettings-bench', RELEASE: 'bench' } }
      await rm(copy, { recursive: true, force: true })
      await mkdir(copy, { recursive: true })
      const files = await must('git', ['ls-files'], { cwd: root })
      for (const file of files.split('\n')) await cp(join(root, file), join(copy, file))
      await must('make', ['build'], options)
      await appendFile(join(copy, 'app/controllers/home_controller.ts'), `// ${Date.now()}\n`)
      await time(image, 'build', options)
      await run('docker', ['rmi', 'oc-lettings-bench:bench', 'oc-lettings-bench:latest'])
      await rm(copy, { recursive: true, force: true })
    }
  }
  for (const target of ['test', 'ci'])
    if (bench.wants(`make ${target}`)) await time(`make ${target}`, target, { cwd: root, env })
}
