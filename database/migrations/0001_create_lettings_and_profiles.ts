import type { Knex } from 'knex'
import { BaseSchema } from '@adonisjs/lucid/schema'

/** Those that refer to others before these. */
const TABLES = ['profiles', 'users', 'lettings', 'addresses']

export default class extends BaseSchema {
  async up() {
    const mysql = this.db.dialect.name === 'mysql'
    // SQLite counts characters with length(), where MySQL counts bytes; and SQLite keeps to no type or length by itself.
    const length = (column: string) => `${mysql ? 'char_length' : 'length'}(${column})`
    const isInteger = (column: string) => (mysql ? 'true' : `typeof(${column}) = 'integer'`)
    // Cities compare without regard to case on either database; usernames letter for letter.
    const city = mysql ? 'varchar(64)' : 'varchar(64) collate nocase'
    const username = mysql ? 'varchar(150) collate utf8mb4_bin' : 'varchar(150)'
    const encoded = (table: Knex.CreateTableBuilder) => {
      if (!mysql) return
      table.charset('utf8mb4')
      table.collate('utf8mb4_unicode_ci')
    }

    // MySQL takes no table back: what a migration that was cut off has left is made anew
    this.defer(async (db) => {
      for (const table of mysql ? TABLES : []) {
        if ((await db.schema.hasTable(table)) && !(await db.from(table).first()))
          await db.schema.dropTable(table)
      }
    })

    this.schema.createTable('addresses', (table) => {
      encoded(table)
      table.increments('id')
      table.integer('number').unsigned().notNullable()
      table.string('street', 64).notNullable()
      table.specificType('city', city).notNullable()
      table.string('state', 2).notNullable()
      table.string('zip_code', 10).notNullable()
      table.string('country_iso_code', 3).notNullable()
      table.index(['country_iso_code', 'state', 'city'])
      table.index(['city'])
      table.check(`${isInteger('number')} and number between 0 and 9999`, [], 'addresses_number')
      table.check(`${length('street')} between 1 and 64`, [], 'addresses_street')
      table.check(`${length('city')} between 1 and 64`, [], 'addresses_city')
      table.check(`${length('state')} = 2`, [], 'addresses_state')
      table.check(`${length('zip_code')} between 1 and 10`, [], 'addresses_zip_code')
      table.check(`${length('country_iso_code')} = 3`, [], 'addresses_country_iso_code')
    })

    this.schema.createTable('lettings', (table) => {
      encoded(table)
      table.increments('id')
      table.string('title', 256).notNullable()
      table.integer('address_id').unsigned().notNullable().unique()
      table.foreign('address_id').references('addresses.id').onDelete('CASCADE')
      table.check(`${length('title')} between 1 and 256`, [], 'lettings_title')
    })

    this.schema.createTable('users', (table) => {
      encoded(table)
      table.increments('id')
      table.specificType('username', username).notNullable().unique()
      table.string('first_name', 150).notNullable().defaultTo('')
      table.string('last_name', 150).notNullable().defaultTo('')
      table.string('email', 254).notNullable().defaultTo('')
      table.string('password', 255).notNullable()
      table.boolean('is_staff').notNullable().defaultTo(false)
      table.boolean('is_superuser').notNullable().defaultTo(false)
      table.boolean('is_active').notNullable().defaultTo(true)
      table.datetime('date_joined', { precision: 6 }).notNullable()
      table.check(`${length('username')} between 1 and 150`, [], 'users_username')
      table.check(`${length('first_name')} <= 150`, [], 'users_first_name')
      table.check(`${length('last_name')} <= 150`, [], 'users_last_name')
      table.check(`${length('email')} <= 254`, [], 'users_email')
    })

    this.schema.createTable('profiles', (table) => {
      encoded(table)
      table.increments('id')
      table.integer('user_id').unsigned().notNullable().unique()
      table.specificType('favorite_city', city).notNullable().defaultTo('')
      table.foreign('user_id').references('users.id').onDelete('CASCADE')
      table.check(`${length('favorite_city')} <= 64`, [], 'profiles_favorite_city')
    })
  }

  async down() {
    for (const table of TABLES) this.schema.dropTable(table)
  }
}
