import { sign } from "node:crypto";
import {
  type BundleEntry,
  type Envelope,
  evaluationDigest,
  formatReleaseAttestation,
  IN_TOTO_PAYLOAD_TYPE,
  type LeafType,
  type ProofBundle,
  parseEvaluation,
  preAuthEncoding,
  type ReleasePredicate,
  readCertificate,
  sealEnvelope,
} from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { digestText, signingInput } from "@narrowgate/testkit/bundle";
import type { ReleaseStory } from "./release-story.ts";
import { sha256 } from "./rewritten-log.ts";

/** What a forger writes instead of an entry; `undefined` leaves it out. */
export type ReleaseEdit = (
  entry: BundleEntry,
  bundle: ProofBundle,
  story: ReleaseStory,
) => BundleEntry | undefined;

/** A forgery of a log whose keys the forger has, and the rule that refuses it. */
export interface ReleaseForgery {
  readonly of: "release" | "txn" | "canary";
  readonly rule: string;
  readonly edit: ReleaseEdit;
}

const digest = "cuwaiQnO1pmItxXfc-u3Ea7phw0hvO3y-Tyy68A5Jkg";
const other = "A".repeat(22);

/** Which entries a forgery changes. */
export type When = (entry: BundleEntry) => boolean;
/** Parts that forgeries are put together from. */
export const is =
  (type: LeafType, members: JsonObject = {}): When =>
  ({ leaf }) =>
    leaf.type === type &&
    Object.entries(members).every(([name, value]) => Reflect.get(leaf.body, name) === value);
const signedAs = (role: string): When => is("release", { action: "signed", role });
const proposed = is("release", { action: "proposed" });
const activated = is("release", { action: "activated" });

export const body =
  (when: When, more: JsonObject): ReleaseEdit =>
  (entry) =>
    when(entry)
      ? { ...entry, leaf: Object.assign({ ...entry.leaf }, { body: { ...entry.leaf.body, ...more } }) }
      : entry;
export const content =
  (when: When, change: (content: JsonObject) => JsonObject): ReleaseEdit =>
  (entry) => {
    const opened = entry.openings?.content;
    if (!when(entry) || opened === undefined) return entry;
    return { ...entry, openings: { ...entry.openings, content: { ...opened, ...change(opened) } } };
  };
export const dropped =
  (when: When): ReleaseEdit =>
  (entry) =>
    when(entry) ? undefined : entry;
export const proofOf =
  (when: When, from: (bundle: ProofBundle) => BundleEntry | undefined): ReleaseEdit =>
  (entry, bundle) => {
    const proof = from(bundle)?.openings?.proof;
    return when(entry) && proof !== undefined ? { ...entry, openings: { ...entry.openings, proof } } : entry;
  };
/** A certificate that says something else, signed with the log key all the same. */
const certified =
  (change: (predicate: ReleasePredicate) => ReleasePredicate): ReleaseEdit =>
  (entry, bundle, story) =>
    content(activated, ({ certificate }) => {
      const { predicate, keyid } = readCertificate(certificate);
      const payload = formatReleaseAttestation(change(predicate));
      const signature = sign(null, preAuthEncoding(IN_TOTO_PAYLOAD_TYPE, payload), story.logKey);
      const envelope: Envelope = sealEnvelope(payload, keyid, signature);
      return { certificate: envelope };
    })(entry, bundle, story);

/** The claims of the token changed, with the digest that its leaf then has to name. */
const claims =
  (change: (ng: JsonObject) => JsonObject): ReleaseEdit =>
  (entry) => {
    const { leaf } = entry;
    const proof = entry.openings?.proof;
    if (leaf.type !== "token" || proof === undefined) return entry;
    const [header = "", payload = ""] = String(proof["signing_input"]).split(".");
    const read = (part: string): JsonObject => JSON.parse(Buffer.from(part, "base64url").toString());
    const before = read(payload);
    const input = signingInput(read(header), { ...before, ng: change(Object(before["ng"])) });
    return {
      ...entry,
      leaf: Object.assign({ ...leaf }, { body: { ...leaf.body, digest: digestText(input) } }),
      openings: { ...entry.openings, proof: { ...proof, signing_input: input } },
    };
  };

/** The activation without the evaluation it names. */
function activatedAs(entry: BundleEntry, more: JsonObject): BundleEntry {
  if (!activated(entry)) return entry;
  const { evaluation: _, ...rest } = Object(entry.leaf.body);
  return { ...entry, leaf: Object.assign({ ...entry.leaf }, { body: { ...rest, ...more } }) };
}

/** The evaluation at promotion changed, with the digest that its leaf then has to name. */
const evaluatedAtPromotion =
  (change: (document: JsonObject) => JsonObject): ReleaseEdit =>
  (entry, bundle) => {
    const named = Object(bundle.entries.find(activated)?.leaf.body).evaluation;
    const opened = entry.openings?.content;
    if (entry.leaf.id !== named || opened === undefined) return entry;
    const document = parseEvaluation(change(Object(opened["document"])));
    const digest = evaluationDigest(sha256, document);
    return {
      ...entry,
      leaf: Object.assign({ ...entry.leaf }, { body: { ...entry.leaf.body, digest } }),
      openings: { ...entry.openings, content: { ...opened, document } },
    };
  };

const canary = is("release", { action: "canary" });
const put = is("overlay", { action: "put" });

/** What a decision says it was made under, left out of its inputs. */
const withoutOverlays: ReleaseEdit = (entry) => {
  const inputs = entry.openings?.inputs;
  if (inputs === undefined) return entry;
  const rest = inputs.filter((item) => !("path" in item) || item.path !== "/overlays");
  return { ...entry, openings: { ...entry.openings, inputs: rest } };
};

/** One of the permits, by its place among them, that names the policies of another one. */
const policyOf =
  (action: "call" | "mint", from: number, into: number): ReleaseEdit =>
  (entry, bundle, story) => {
    const permits = bundle.entries.filter(is("decision", { action, verdict: "permit" }));
    const { policy } = Object(permits.at(from)?.leaf.body);
    const chosen: When = ({ leaf }) => leaf.id === permits.at(into)?.leaf.id;
    return body(chosen, { policy })(entry, bundle, story);
  };

const evaluation = is("assurance", { kind: "evaluation" });
const person =
  (role: string): When =>
  (entry) =>
    entry.leaf.type === "person" && entry.leaf.body.roles?.some((one) => one === role) === true;

/** Every way we know to make a release pass that was not signed, or a token that no release bears. */
export const releaseForgeries: Readonly<Record<string, ReleaseForgery>> = {
  "a signature that was left out": { of: "release", rule: "R-8", edit: dropped(signedAs("pam")) },
  "a signature in another role": { of: "release", rule: "R-7", edit: body(signedAs("pam"), { role: "iam" }) },
  "a signer without the role": { of: "release", rule: "R-7", edit: body(person("pam"), { roles: ["iam"] }) },
  "a signature that is another person's": {
    of: "release",
    rule: "R-7",
    edit: proofOf(signedAs("pam"), ({ entries }) => entries.find(signedAs("iam"))),
  },
  "a signature by nobody who is enrolled": {
    of: "release",
    rule: "R-7",
    edit: body(signedAs("pam"), { person: other }),
  },
  "a signature under another release": {
    of: "release",
    rule: "R-7",
    edit: body(signedAs("pam"), { deployment: digest }),
  },
  "a signature under another profile": {
    of: "release",
    rule: "R-7",
    edit: body(signedAs("pam"), { profile: digest }),
  },
  "a signature for another proposal": {
    of: "release",
    rule: "R-7",
    edit: body(signedAs("pam"), { proposal: other }),
  },
  "a refusal that counts as a signature": {
    of: "release",
    rule: "R-8",
    edit: body(signedAs("pam"), { action: "refused" }),
  },
  "a release that was withdrawn before": {
    of: "release",
    rule: "R-7",
    edit: (entry, bundle) => {
      const operator = bundle.entries.find(proposed)?.leaf.body;
      const { person: _, credential: __, role: ___, ...rest } = Object(entry.leaf.body);
      if (!signedAs("compliance")(entry)) return entry;
      const withdrawn = { ...rest, action: "withdrawn", operator: Object(operator).operator };
      return { ...entry, leaf: Object.assign({ ...entry.leaf }, { body: withdrawn }) };
    },
  },
  "signatures after their end": { of: "release", rule: "R-7", edit: body(proposed, { not_after: 1 }) },
  "a manifest with another tool": {
    of: "release",
    rule: "R-6",
    edit: content(proposed, ({ manifest }) => ({ manifest: { ...Object(manifest), tools: [] } })),
  },
  "a deployment with another owner": {
    of: "release",
    rule: "R-6",
    edit: content(proposed, ({ deployment }) => ({
      deployment: { ...Object(deployment), owner: "mallory" },
    })),
  },
  "a difference that nobody was shown": {
    of: "release",
    rule: "R-7",
    edit: content(proposed, () => ({ diff: [] })),
  },
  "an evaluation with another verdict": {
    of: "release",
    rule: "R-6",
    edit: content(evaluation, ({ document }) => ({
      document: { ...Object(document), verdict: "ready", blocking: [] },
    })),
  },
  "an evaluation that is a drill": { of: "release", rule: "R-6", edit: body(evaluation, { kind: "drill" }) },
  "a drill with fewer failures": {
    of: "release",
    rule: "R-6",
    edit: content(is("assurance", { kind: "drill" }), ({ document }) => ({
      document: { ...Object(document), trials: 100_000 },
    })),
  },
  "a certificate of another agent": {
    of: "release",
    rule: "R-8",
    edit: certified((predicate) => ({ ...predicate, agent: "writer" })),
  },
  "a certificate of another deployment": {
    of: "release",
    rule: "R-8",
    edit: certified((predicate) => ({ ...predicate, deployment: digest })),
  },
  "a certificate that owns up to less": {
    of: "release",
    rule: "R-8",
    edit: certified((predicate) => ({ ...predicate, not_established: [] })),
  },
  "a certificate with three signatures": {
    of: "release",
    rule: "R-8",
    edit: certified((predicate) => ({ ...predicate, signatures: predicate.signatures.slice(1) })),
  },
  "a certificate that nobody signed": {
    of: "release",
    rule: "R-8",
    edit: content(activated, ({ certificate }) => {
      const { payload, signatures, ...rest } = Object(certificate);
      const broken = signatures.map((one: JsonObject) => ({
        ...one,
        sig: Buffer.alloc(64).toString("base64"),
      }));
      return { certificate: { ...rest, payload, signatures: broken } };
    }),
  },
  "a release that came into force while a control kept it back": {
    of: "release",
    rule: "R-20",
    edit: evaluatedAtPromotion((document) => ({ ...document, verdict: "not_ready", blocking: ["POL-01"] })),
  },
  "a release that came into force on an evaluation that contradicts itself": {
    of: "release",
    rule: "R-20",
    edit: evaluatedAtPromotion((document) => ({ ...document, verdict: "ready", blocking: ["REL-01"] })),
  },
  "a release that came into force on an evaluation from before it was signed": {
    of: "release",
    rule: "R-20",
    edit: evaluatedAtPromotion((document) => ({ ...document, log: { ...Object(document["log"]), size: 1 } })),
  },
  "a release that came into force on what was found elsewhere": {
    of: "release",
    rule: "R-20",
    edit: evaluatedAtPromotion((document) => ({
      ...document,
      log: { ...Object(document["log"]), origin: "dev.example/log/x" },
    })),
  },
  "a release that came into force on the evaluation it was proposed on": {
    of: "release",
    rule: "R-20",
    edit: (entry, bundle, story) =>
      body(activated, { evaluation: Object(bundle.entries.find(activated)?.leaf.body).readiness })(
        entry,
        bundle,
        story,
      ),
  },
  "a release that came into force without an evaluation": {
    of: "txn",
    rule: "R-20",
    edit: (entry) => activatedAs(entry, {}),
  },
  "a release that was never activated": { of: "txn", rule: "R-10", edit: dropped(activated) },
  "a release that had ended": {
    of: "txn",
    rule: "R-10",
    edit: (entry) => activatedAs(entry, { action: "deactivated" }),
  },
  "a token that names another release": {
    of: "txn",
    rule: "R-10",
    edit: claims((ng) => ({ ...ng, release: digest })),
  },
  "a token that names no release": {
    of: "txn",
    rule: "R-10",
    edit: claims(({ release: _, ...ng }) => ng),
  },
  "a token under a release that lacks a signature": {
    of: "txn",
    rule: "R-8",
    edit: dropped(signedAs("security")),
  },
  "a canary of fewer mandates": { of: "canary", rule: "R-10", edit: body(canary, { share: 1 }) },
  "a canary that was left out": { of: "canary", rule: "R-10", edit: dropped(canary) },
  "a canary that had ended": {
    of: "canary",
    rule: "R-10",
    edit: (entry) => {
      const { evaluation: _, share: __, ...rest } = Object(entry.leaf.body);
      const ended = { ...rest, action: "deactivated" };
      return canary(entry) ? { ...entry, leaf: Object.assign({ ...entry.leaf }, { body: ended }) } : entry;
    },
  },
  "a token of a canary that names the release beside it": {
    of: "canary",
    rule: "R-10",
    edit: (entry, bundle, story) => {
      const active = bundle.entries.find(activated)?.leaf.body;
      return claims((ng) => ({ ...ng, release: Object(active).deployment }))(entry, bundle, story);
    },
  },
  "a canary that lacks a signature": { of: "canary", rule: "R-8", edit: dropped(signedAs("security")) },
  "a call that was permitted without the overlay over its release": {
    of: "txn",
    rule: "E-37",
    edit: withoutOverlays,
  },
  "an overlay with another text": {
    of: "txn",
    rule: "E-37",
    edit: content(put, () => ({
      text: '@id("nothing") forbid (principal, action, resource) when { false };',
    })),
  },
  "an overlay that was over before": { of: "txn", rule: "E-37", edit: body(put, { until: 1 }) },
  "an overlay that was left out": { of: "txn", rule: "E-37", edit: dropped(put) },
  "an overlay whose end was left out": {
    of: "txn",
    rule: "E-37",
    edit: dropped(is("overlay", { action: "lifted" })),
  },
  "an overlay that ends another one": {
    of: "txn",
    rule: "E-37",
    edit: body(is("overlay", { action: "lifted" }), { digest }),
  },
  "a call decided under policies that were published after its release": {
    of: "txn",
    rule: "R-12",
    edit: policyOf("call", 2, 1),
  },
  "a call decided under the policies of the release before": {
    of: "txn",
    rule: "R-12",
    edit: policyOf("call", 0, -1),
  },
  "a mint decided under the policies of the release before": {
    of: "txn",
    rule: "R-12",
    edit: policyOf("mint", 0, -1),
  },
  "a release whose author signed": {
    of: "release",
    rule: "R-7",
    edit: content(person("pam"), () => ({ name: "ada" })),
  },
};
