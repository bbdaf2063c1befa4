import { readObject } from "@narrowgate/kernel";

/** Reads one value or throws `malformed_input` naming `path`, a JSON pointer from the document's root. */
export type Reader<T> = (value: unknown, path: string) => T;

/** Marks a member that may be absent. */
export interface OptionalReader<T> {
  readonly optional: Reader<T>;
}

/** A reader for each member of `T`; the compiler demands that none is forgotten and that optional ones are marked. */
export type Shape<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K>
    ? OptionalReader<Exclude<T[K], undefined>>
    : Reader<T[K]>;
};

interface Member {
  readonly name: string;
  readonly read: Reader<unknown>;
  readonly required: boolean;
}

/** The member may be absent; `null` is a value, not an absence. */
export function optional<T>(read: Reader<T>): OptionalReader<T> {
  return { optional: read };
}

function toMember([name, reader]: [string, Reader<unknown> | OptionalReader<unknown>]): Member {
  return typeof reader === "function"
    ? { name, read: reader, required: true }
    : { name, read: reader.optional, required: false };
}

/**
 * Makes a strict reader of objects: exactly the members of `T`, none unknown, a fresh copy as result.
 * @throws NarrowgateError `malformed_input` (from the reader it returns)
 */
export function shape<T extends object>(members: Shape<T>): Reader<T> {
  const entries = Object.entries<Reader<unknown> | OptionalReader<unknown>>({ ...members });
  // In canonical order, so that what was read is written without sorting again.
  const table = entries.map(toMember).sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = table.map((member) => member.name);
  return (value, path) => {
    const record = readObject(value, path, names);
    const result: Record<string, unknown> = {};
    for (const { name, read, required } of table) {
      const member = record[name];
      if (required || member !== undefined) result[name] = read(member, `${path}/${name}`);
    }
    // INVARIANT: Shape<T> holds one reader per member of T, so what was read is a T.
    return result as T;
  };
}
