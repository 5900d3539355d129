import { MAX_ID } from '#services/params'

/** A place in a list: the row that a page begins behind, or ends before, by what the list is sorted by and its id. */
export type Cursor = { key?: string; id: number }

export const encodeCursor = ({ key, id }: Cursor) =>
  Buffer.from(JSON.stringify(key === undefined ? [id] : [id, key])).toString('base64url')

/** What `encodeCursor` has made, with a key or without; undefined for anything else. */
export function decodeCursor(text: string, keyed: boolean): Cursor | undefined {
  if (!text) return
  try {
    const [id, key] = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (!Number.isInteger(id) || id < 0 || id > MAX_ID) return
    if (keyed ? typeof key !== 'string' || !key.isWellFormed() : key !== undefined) return
    // a page has one address: base64 that is written otherwise says the same
    if (encodeCursor({ id, key }) === text) return { id, key }
  } catch {}
}
