import ViteProvider from '@adonisjs/vite/vite_provider'

/** Vite's own, except that tests read the built assets, as production does, instead of starting a development server. */
export default class AssetsProvider extends ViteProvider {
  async start() {
    if (process.env.DEV_MODE) await super.start()
  }

  async shutdown() {
    if (process.env.DEV_MODE) await super.shutdown()
  }
}
