/** Request headers by lower-case name. A header that was sent twice has no value here, only a name in `repeated`. */
export interface RequestHeaders {
  get(name: string): string | undefined;
  readonly repeated: ReadonlySet<string>;
  /** Names and values with the prefix, without it. */
  withPrefix(prefix: string): ReadonlyMap<string, string>;
}

/**
 * Reads raw headers without joining repeated ones, so that nobody can choose which of two is believed.
 * Trust: the headers are the client's; Node has bounded their size.
 * @param rawHeaders - names and values in turn, as Node gives them
 */
export function readHeaders(rawHeaders: readonly string[]): RequestHeaders {
  const values = new Map<string, string>();
  const repeated = new Set<string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? "").toLowerCase();
    if (values.has(name)) repeated.add(name);
    else values.set(name, rawHeaders[i + 1] ?? "");
  }
  for (const name of repeated) values.delete(name);
  return {
    get: (name) => values.get(name),
    repeated,
    withPrefix(prefix) {
      const found = new Map<string, string>();
      for (const [name, value] of values) {
        if (name.startsWith(prefix)) found.set(name.slice(prefix.length), value);
      }
      return found;
    },
  };
}
