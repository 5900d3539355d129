import app from '@adonisjs/core/services/app'
import edge from 'edge.js'
import { countryName } from '#services/countries'
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

/** What every view can name. */
for (const [name, value] of Object.entries({
  ...seo,
  countryName,
  inWords,
  speculationRules,
  lettering,
  postcard,
  stamp,
})) {
  edge.global(name, value)
}

// Edge lists the components on the disk anew for each page
if (app.inProduction) {
  const components = edge.loader.listComponents()
  edge.loader.listComponents = () => components
}
