/** The HTTP server: `node bin/server.js`. */
import { createIgnitor, fail } from './ignitor.js'

createIgnitor().httpServer().start().catch(fail)
