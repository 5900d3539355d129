import { errors } from '@adonisjs/core/http'
import type { LucidModel, ModelQueryBuilderContract } from '@adonisjs/lucid/types/model'

/** Rows on a page of a list. */
export const PER_PAGE = 24

/** One page of a list and where it stands among the others. */
export class Pager<T> {
  readonly pages: number

  constructor(
    /** Path of the list, without a query. */
    readonly path: string,
    readonly page: number,
    readonly total: number,
    readonly rows: T[]
  ) {
    this.pages = Math.max(1, Math.ceil(total / PER_PAGE))
  }

  /** Number of the first row on this page, counted from 1; 0 in an empty list. */
  get first() {
    return this.total === 0 ? 0 : (this.page - 1) * PER_PAGE + 1
  }

  get last() {
    return Math.min(this.page * PER_PAGE, this.total)
  }

  /** Address of a page; the first has the list's own. */
  url(page: number) {
    return page === 1 ? this.path : `${this.path}?page=${page}`
  }

  /** The first page, the last one and those around this one; 0 stands for a gap. */
  get numbers(): number[] {
    const near = [1, this.page - 1, this.page, this.page + 1, this.pages]
    const shown = [...new Set(near.filter((page) => page >= 1 && page <= this.pages))]
    return shown.flatMap((page, index) =>
      index > 0 && page > shown[index - 1] + 1 ? [0, page] : [page]
    )
  }
}

/** Runs a list's query for one page; a page behind the last does not exist. */
export async function paginate<M extends LucidModel>(
  query: ModelQueryBuilderContract<M, InstanceType<M>>,
  path: string,
  page: number
) {
  const found = await query.paginate(page, PER_PAGE)
  const pager = new Pager(path, page, found.total, found.all())
  if (page > pager.pages) throw new errors.E_ROUTE_NOT_FOUND(['GET', pager.url(page)])
  return pager
}
