/** The command line: `node ace <command>`. */
import { createIgnitor, fail } from './ignitor.js'

createIgnitor().ace().handle(process.argv.splice(2)).catch(fail)
