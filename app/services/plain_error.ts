/** Errors of SQLite and MySQL, whose messages repeat the query with the values that were bound to it. */
const FROM_DATABASE = /^(SQLITE_|ER_)/

/** An error as logs may have it: where it happened and what is wrong, without the values that a query held. */
export function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause, code, status } = error as any
  const clean = withoutValues(message, code)
  return {
    type: name === 'Error' ? error.constructor.name : name,
    message: clean,
    stack: stack?.replaceAll(message, () => clean),
    code,
    status,
    cause: cause && plainError(cause),
  }
}

/** A message with every literal in it made a question mark, if its error's code says that it comes from the database. */
export const withoutValues = (message: string, code: unknown) =>
  FROM_DATABASE.test(String(code))
    ? message.replace(/'(?:[^'\\]|\\.)*'|(?<![\w`])-?\d+\b/gs, '?')
    : message
