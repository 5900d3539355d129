// Takes the README's pictures of a new site, the build's, with `make screenshots`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { chromium } from 'playwright'

const pictures = [
  { name: 'lettings-wide-light', path: '/', width: 1200, height: 1080, colorScheme: 'light' },
  {
    name: 'letting-narrow-dark',
    path: '/lettings/3',
    width: 400,
    height: 900,
    colorScheme: 'dark',
  },
]

const folder = await mkdtemp(join(tmpdir(), 'screenshots-'))
const socket = createServer().listen(0, '127.0.0.1')
await once(socket, 'listening')
const { port } = socket.address()
socket.close()

const server = spawn(process.execPath, ['build/bin/server.js'], {
  env: {
    ...process.env,
    NODE_ENV: 'production',
    APP_KEY: 'only-for-the-screenshots',
    DB_CONNECTION: 'sqlite',
    DB_FILE: join(folder, 'site.sqlite3'),
    HOST: '127.0.0.1',
    PORT: String(port),
  },
  stdio: ['ignore', 'ignore', 'inherit'],
})
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox'],
})
try {
  const url = `http://127.0.0.1:${port}`
  const deadline = Date.now() + 20_000
  const isReady = () =>
    fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false
    )
  while (!(await isReady())) {
    if (Date.now() > deadline) throw new Error('the site was not ready in 20 s')
    await setTimeout(100)
  }
  for (const { name, path, width, height, colorScheme } of pictures) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme })
    await page.goto(url + path)
    await page.screenshot({ path: `docs/images/${name}.png` })
  }
} finally {
  await browser.close()
  server.kill()
  await once(server, 'exit')
  await rm(folder, { recursive: true })
}
