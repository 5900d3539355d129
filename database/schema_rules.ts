import type { SchemaRules } from '@adonisjs/lucid/types/schema_generator'

// SQLite has no booleans: they are stored as 0 and 1.
const flag = { tsType: 'boolean', imports: [], decorator: '@column({ consume: Boolean })' }

export default {
  columns: { is_staff: flag, is_superuser: flag, is_active: flag },
} satisfies SchemaRules
