import edge from 'edge.js'
import { lettering } from '#services/lettering'
import { postcard, stamp } from '#services/postcard'
import * as seo from '#services/seo'

/** Asks the browser to fetch a page of this site when its link is about to be followed. */
const rules = { prefetch: [{ where: { href_matches: '/*' }, eagerness: 'moderate' }] }
const speculationRules = `<script type="speculationrules">${JSON.stringify(rules)}</script>`

/** What every view can name. */
for (const [name, value] of Object.entries({
  ...seo,
  speculationRules,
  lettering,
  postcard,
  stamp,
})) {
  edge.global(name, value)
}
