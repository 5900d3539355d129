/**
 * `make rehearsal`: the whole way of two releases, from a commit to visitors, on this machine and through the code that
 * production uses. Exit code 0 if every scene came out as it must, 1 if one did not, 2 if something is missing here.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Failure, say } from '../output.ts'
import { playRender } from './render_scenes.ts'
import { programs } from './server.ts'
import { run } from './shell.ts'
import { Stage } from './stage.ts'
import { playSwarm } from './swarm_scenes.ts'
import { playVps } from './vps_scenes.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))

async function checkMachine() {
  const works = async (program: string, ...args: string[]) =>
    run(program, args).then(
      ({ exit }) => exit === 0,
      () => false
    )
  const missing = [
    !(await works('git', 'rev-parse', '--verify', 'HEAD')) && 'git, and a commit to rehearse',
    !(await works('docker', 'info')) && 'a Docker engine that answers',
    !existsSync(programs.apache) && `Apache (apt-get install apache2; ${programs.apache})`,
    !existsSync(programs.sshd) &&
      `an SSH server (apt-get install openssh-server; ${programs.sshd})`,
  ].filter((what) => what !== false)
  if (missing.length) throw new Failure(`the rehearsal needs ${missing.join('; and ')}`, 2)
  const { output } = await run('git', ['-C', project, 'status', '--porcelain'])
  if (output) say('what is not committed is not rehearsed')
}

const stage = new Stage()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stage.strike().then(() => process.exit(1)))
}
try {
  await checkMachine()
  const releases = await stage.releases(project)
  const first = await releases.first()
  const second = await releases.second()
  say('two releases are built and pushed')
  // TARGET=render, TARGET=vps or TARGET=swarm plays a part of it
  const { TARGET = 'render vps swarm' } = process.env
  if (TARGET.includes('render')) await playRender(stage, releases, first, second)
  if (TARGET.includes('vps')) await playVps(stage, releases, first, second)
  if (TARGET.includes('swarm')) await playSwarm(stage, releases, first, second)
} catch (error) {
  const failure = error instanceof Failure
  console.error(failure ? error.message : (error as Error).stack)
  process.exitCode = failure ? error.exitCode : 1
} finally {
  if (stage.rows.length) console.log(`\n${stage.table()}\n`)
  await stage.strike()
}
