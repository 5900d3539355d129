import app from '@adonisjs/core/services/app'
import vite from '@adonisjs/vite/services/main'
import edge from 'edge.js'
import { LRUCache } from 'lru-cache'
import { countryName } from '#services/countries'
import { standalonePage } from '#services/error_page'
import { lettering } from '#services/lettering'
import { inWords } from '#services/pager'
import { postcard, stamp } from '#services/postcard'
import * as seo from '#services/seo'

/** Asks the browser to fetch a page of this site when its link is about to be followed; not each filter that a pointer passes. */
const where = {
  and: [{ href_matches: '/*' }, { not: { selector_matches: '.filters a' } }],
}
const rules = { prefetch: [{ where, eagerness: 'moderate' }] }
const speculationRules = `<script type="speculationrules">${JSON.stringify(rules)}</script>`

/** The elements that load style and script, made once where they do not change. */
async function makeAssetTags() {
  const tags = await vite.generateEntryPointsTags(entries)
  return tags.join('\n')
}
const entries = ['resources/css/app.css', 'resources/js/app.js']
let madeTags: string | undefined
const assetTags = async () =>
  app.inProduction ? (madeTags ??= await makeAssetTags()) : makeAssetTags()

/** What every view can name. */
for (const [name, value] of Object.entries({
  ...seo,
  assetTags,
  countryName,
  inWords,
  speculationRules,
  lettering,
  postcard,
  stamp,
})) {
  edge.global(name, value)
}

// Edge lists the components on the disk anew for each page, and puts together the path of each template
if (app.inProduction) {
  const { loader } = edge
  const components = loader.listComponents()
  loader.listComponents = () => components
  const makePath = loader.makePath.bind(loader)
  const paths = new LRUCache<string, string>({ max: 100, memoMethod: makePath })
  loader.makePath = (path) => paths.memo(path)

  // read now, for what breaks may be that no file can be read
  standalonePage(500)
}
