import type { BundleEntry, ProofBundle } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { body, content, dropped, is, type When } from "./release-forgeries.ts";

/** A forgery of the proof of a break-glass by whoever has the keys of the log, and the rule that refuses it. */
export interface GlassForgery {
  /** Of a transaction under it, of it, or of one that was asked for when its agent was contained. */
  readonly of: "txn" | "glass" | "contained";
  readonly rule: string;
  readonly edit: (entry: BundleEntry, bundle: ProofBundle) => BundleEntry | undefined;
}

type Edit = Parameters<typeof dropped>[0];
const signedAs = (role: string): When => is("release", { action: "glass_signed", role });
const asked = is("release", { action: "glass_asked" });
const opened = is("release", { action: "glass_opened" });
const reviewed = is("release", { action: "glass_reviewed" });
const signed = is("release", { action: "glass_signed" });
const ended = is("release", { action: "glass_ended" });

const plain =
  (edit: ReturnType<typeof body>): GlassForgery["edit"] =>
  (entry, bundle) =>
    Reflect.apply(edit, undefined, [entry, bundle]);
const changed = (when: Edit, more: JsonObject): GlassForgery["edit"] => plain(body(when, more));

/** Members of another leaf of the bundle. */
function leafOf({ entries }: ProofBundle, when: When): JsonObject {
  return Object(entries.find(when)?.leaf.body);
}

/** `until` of the leaf that opened it, by when it was opened. */
const until =
  (of: (openedAt: number, bundle: ProofBundle) => number): GlassForgery["edit"] =>
  (entry, bundle) =>
    changed(opened, { until: of(entry.leaf.at, bundle) })(entry, bundle);

const tokenEnd = ({ entries }: ProofBundle): number =>
  Number(Object(entries.find(is("token"))?.leaf.body).expires_s) * 1000;

const whoOf =
  (when: When, from: When): GlassForgery["edit"] =>
  (entry, bundle) => {
    const { person = "", credential = "" } = leafOf(bundle, from);
    return changed(when, { person, credential })(entry, bundle);
  };

const said =
  (when: When, change: (statement: JsonObject) => JsonObject): GlassForgery["edit"] =>
  (entry) => {
    const proof = entry.openings?.proof;
    if (!when(entry) || proof === undefined) return entry;
    const statement = JSON.stringify(change(JSON.parse(String(proof["statement"]))));
    return { ...entry, openings: { ...entry.openings, proof: { ...proof, statement } } };
  };

/** What another leaf says, in the place of this one. */
function saying(entry: BundleEntry, { leaf: { body: said, sealed }, openings }: BundleEntry): BundleEntry {
  const leaf = Object.assign({ ...entry.leaf }, { body: said }, sealed === undefined ? {} : { sealed });
  return { ...entry, leaf, openings: { ...openings } };
}

const proposalOf = ({ leaf }: BundleEntry): string => String(Object(leaf.body).proposal);

/** The signature under what was never opened, and its end, each in the place of the other. */
const signedBehindItsEnd: GlassForgery["edit"] = (entry, { entries }) => {
  const isOpened = entries.filter(opened).map(proposalOf);
  const end = entries.filter(ended).find((one) => !isOpened.includes(proposalOf(one)));
  const signature = entries.find(
    (one) => signed(one) && end !== undefined && proposalOf(one) === proposalOf(end),
  );
  if (end === undefined || signature === undefined) return entry;
  if (entry.leaf.id === end.leaf.id) return saying(entry, signature);
  return entry.leaf.id === signature.leaf.id ? saying(entry, end) : entry;
};

/** Every way we know to let an agent through that two people did not let through, for longer, or unseen afterwards. */
export const glassForgeries: Readonly<Record<string, GlassForgery>> = {
  "one person alone": { of: "txn", rule: "R-23", edit: plain(dropped(signedAs("pam"))) },
  "nobody for security": { of: "txn", rule: "R-23", edit: plain(dropped(signedAs("security"))) },
  "the same person twice": { of: "txn", rule: "R-23", edit: whoOf(signedAs("security"), signedAs("pam")) },
  "a signature in another role": { of: "txn", rule: "R-23", edit: changed(signedAs("pam"), { role: "iam" }) },
  "signatures after their end": { of: "txn", rule: "R-23", edit: changed(asked, { not_after: 1 }) },
  "a day to sign it": {
    of: "txn",
    rule: "R-22",
    edit: (entry, bundle) => changed(asked, { not_after: entry.leaf.at + 86_400_000 })(entry, bundle),
  },
  "five hours": { of: "txn", rule: "R-23", edit: until((at) => at + 5 * 3_600_000) },
  "an hour where a minute was signed": {
    of: "txn",
    rule: "R-23",
    edit: plain(content(asked, () => ({ seconds: 60 }))),
  },
  "more than four hours asked for": {
    of: "txn",
    rule: "R-22",
    edit: plain(content(asked, () => ({ seconds: 4 * 3600 + 1 }))),
  },
  "a token minted after its end": { of: "txn", rule: "R-10", edit: until((at) => at + 1) },
  "a token that outlives it": {
    of: "txn",
    rule: "R-10",
    edit: until((_, bundle) => tokenEnd(bundle) - 1000),
  },
  "a signature for a release": {
    of: "txn",
    rule: "R-7",
    edit: said(signedAs("pam"), ({ seconds: _, ...statement }) => ({ ...statement, kind: "sign_release" })),
  },
  "a statement for longer": {
    of: "txn",
    rule: "R-7",
    edit: said(signedAs("pam"), (statement) => ({ ...statement, seconds: 7200 })),
  },
  "a break-glass that was never opened": { of: "txn", rule: "R-10", edit: plain(dropped(opened)) },
  "a release that it is not": {
    of: "txn",
    rule: "R-22",
    edit: (entry) => {
      if (!opened(entry)) return entry;
      const { until: _, ...rest } = Object(entry.leaf.body);
      return { ...entry, leaf: Object.assign({ ...entry.leaf }, { body: { ...rest, action: "activated" } }) };
    },
  },
  "a review by who let it through": {
    of: "glass",
    rule: "R-25",
    edit: whoOf(reviewed, signedAs("security")),
  },
  "a review in another role": { of: "glass", rule: "R-25", edit: changed(reviewed, { role: "iam" }) },
  "a review before its end": {
    of: "glass",
    rule: "R-25",
    edit: plain(dropped(ended)),
  },
  "a signature behind its end": { of: "contained", rule: "R-23", edit: signedBehindItsEnd },
  "a second end": {
    of: "glass",
    rule: "R-23",
    edit: (entry, { entries }) => {
      const end = entries.find(ended);
      return reviewed(entry) && end !== undefined ? saying(entry, end) : entry;
    },
  },
  "another finding than was signed": {
    of: "glass",
    rule: "R-7",
    edit: said(reviewed, (statement) => ({ ...statement, findings: "nothing" })),
  },
};
