import type { Signers } from "../approvals/index.ts";
import type { People } from "../people/index.ts";

/**
 * People as the approvals room knows them. A mandate that a person consented to on our own page names her
 * `<issuer>#<ref>`: that is an account of hers as any other, so that she does not approve what she asked for.
 * @param issuer - our own
 */
export function signersOf(
  people: Pick<People, "person" | "byIdentity" | "credential" | "countUse">,
  issuer: string,
): Signers {
  const own = `${issuer}#`;
  return {
    person: (ref) => people.person(ref),
    byIdentity: (identity) =>
      people.byIdentity(identity) ??
      (identity.startsWith(own) ? people.person(identity.slice(own.length)) : undefined),
    credential: (id) => people.credential(id),
    countUse: (id, signCount) => people.countUse(id, signCount),
  };
}
