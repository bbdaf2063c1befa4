import { type Evidence, entriesOf } from "./evidence.ts";

/**
 * The revocations in a bundle that hit nothing its transaction rests on, by leaf id: they are there because of their
 * position of the feed alone, and many are of another transaction.
 * Trust: the bundle is attacker-controlled; an ancestor that it does not name is not known here.
 * @see docs/spec/evidence.md E-22
 */
export function foreignRevocations(evidence: Evidence): ReadonlySet<string> {
  const tokens = entriesOf(evidence, "token").map(({ leaf }) => leaf.body);
  const mandates = entriesOf(evidence, "mandate").map(({ leaf }) => `mandate:${leaf.body.mandate}`);
  const names = tokens.flatMap(({ token, epochs }) => [`token:${token}`, ...epochs.map(([name]) => name)]);
  const ancestors = new Set([...mandates, ...names]);
  const { txn } = evidence.bundle;
  const foreign = entriesOf(evidence, "revocation").filter(({ leaf }) => {
    const isOwn = leaf.txn !== undefined && leaf.txn.id === txn;
    return !isOwn && !ancestors.has(`${leaf.body.kind}:${leaf.body.id}`);
  });
  return new Set(foreign.map(({ leaf }) => leaf.id));
}
