import type { Catalogue, Clause, ClauseRef, Framework } from "./rows.ts";

/** What a citation comes to. */
export type Citation =
  | { readonly kind: "cited"; readonly framework: Framework; readonly clause: Clause }
  | { readonly kind: "refused"; readonly says: string };

/**
 * Looks a clause up: exactly this framework, in exactly this version, with exactly this id.
 * @param ref - `framework@version#id`; may be what anybody wrote
 * @see docs/spec/assurance.md C-3
 */
export function cite(of: Catalogue, ref: ClauseRef): Citation {
  const [, key, version, id] = /^([^@#]+)@([^@#]+)#(.+)$/.exec(ref) ?? [];
  if (key === undefined) return refused(ref, "is not framework@version#id");
  const framework = of.frameworks.find((one) => one.key === key);
  if (framework === undefined) return refused(ref, "names a framework that is not in the register");
  if (framework.version !== version)
    return refused(ref, `names another version than the one that was read, ${framework.version}`);
  const clause = framework.clauses.find((one) => one.id === id);
  return clause === undefined ? refused(ref, "names no clause of it") : { kind: "cited", framework, clause };
}

function refused(ref: ClauseRef, why: string): Citation {
  return { kind: "refused", says: `${ref} ${why}` };
}

/** Clauses that a control claims something about: technical anchors are not among them. */
export function claimedClauses({ clauses }: Catalogue["controls"][number]): readonly ClauseRef[] {
  return [...clauses.direct, ...clauses.supports, ...clauses.layers, ...clauses.conditional];
}

/**
 * What keeps a report from being signed: a clause that is not in the register in this version, or was never read in a text.
 * @see docs/spec/assurance.md C-3, C-4
 */
export function lintClauses(of: Catalogue, refs: readonly ClauseRef[]): readonly string[] {
  return refs.flatMap((ref) => {
    const citation = cite(of, ref);
    if (citation.kind === "refused") return [citation.says];
    return citation.clause.verified ? [] : [`${ref} was never read in a text that has it`];
  });
}

/** Everything in a catalogue that must not be signed. */
export function lintCatalogue(of: Catalogue): readonly string[] {
  const anchors = of.controls.flatMap((row) => row.clauses.anchors);
  const unknown = anchors.flatMap((ref) => {
    const citation = cite(of, ref);
    return citation.kind === "refused" ? [citation.says] : [];
  });
  return [...lintClauses(of, of.controls.flatMap(claimedClauses)), ...unknown];
}
