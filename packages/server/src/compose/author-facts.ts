import { plainName } from "@narrowgate/contracts";
import type { People } from "../people/index.ts";

/**
 * The people behind operators: those who bear an operator's name, or have an account of that name.
 * Trust: an operator's key names nobody by itself; two people of one name are both taken.
 * @param names - of operators
 */
export function peopleBehind(people: Pick<People, "list">, names: readonly string[]): readonly string[] {
  const wanted = new Set(names.map(plainName));
  return people
    .list()
    .filter(({ name, identities }) => [name, ...identities].some((one) => wanted.has(plainName(one))))
    .map(({ ref }) => ref);
}
