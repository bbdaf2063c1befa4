import type { People } from "../people/index.ts";

/** Names are compared without case and without the scheme of an address. */
function plain(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/^mailto:/, "");
}

/**
 * The people behind operators: those who bear an operator's name, or have an account of that name.
 * Trust: an operator's key names nobody by itself; two people of one name are both taken.
 * @param names - of operators
 */
export function peopleBehind(people: Pick<People, "list">, names: readonly string[]): readonly string[] {
  const wanted = new Set(names.map(plain));
  return people
    .list()
    .filter(({ name, identities }) => [name, ...identities].some((one) => wanted.has(plain(one))))
    .map(({ ref }) => ref);
}
