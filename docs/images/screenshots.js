// Takes the README's pictures of a new site, the build's, with `make screenshots`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { answers, startSite } from '../../bench/processes.ts'

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
const env = { DB_CONNECTION: 'sqlite', DB_FILE: join(folder, 'site.sqlite3') }
const site = await startSite({ env })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox'],
})
try {
  await answers(site, '/health/ready')
  for (const { name, path, width, height, colorScheme } of pictures) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme })
    await page.goto(site.url + path)
    await page.screenshot({ path: `docs/images/${name}.png` })
  }
} finally {
  await browser.close()
  await site.stop()
  await rm(folder, { recursive: true })
}
