import { type BundleEntry, bytesCommitment, type ProofBundle } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { sha256 } from "./rewritten-log.ts";

/** What a forger writes instead of an entry. */
export type Edit = (entry: BundleEntry, bundle: ProofBundle) => BundleEntry;

const body =
  (
    when: (entry: BundleEntry) => boolean,
    change: (body: JsonObject, bundle: ProofBundle) => JsonObject,
  ): Edit =>
  (entry, bundle) =>
    when(entry)
      ? {
          ...entry,
          leaf: Object.assign({ ...entry.leaf }, { body: change({ ...Object(entry.leaf.body) }, bundle) }),
        }
      : entry;
const content =
  (when: (entry: BundleEntry) => boolean, change: (content: JsonObject) => JsonObject): Edit =>
  (entry) => {
    const opened = entry.openings?.content;
    if (!when(entry) || opened === undefined) return entry;
    const changed = { ...opened, ...change(opened) };
    return { ...entry, openings: { ...entry.openings, content: changed } };
  };
const idOf = ({ entries }: ProofBundle, when: (entry: BundleEntry) => boolean): string =>
  entries.find(when)?.leaf.id ?? "";
const isApproved = ({ leaf }: BundleEntry): boolean =>
  leaf.type === "approval" && leaf.body.action === "approved";
const isRequested = ({ leaf }: BundleEntry): boolean =>
  leaf.type === "approval" && leaf.body.action === "requested";
const falls = ({ leaf }: BundleEntry): boolean =>
  leaf.type === "label" && !leaf.body.untrusted && leaf.body.class === "confidential";
const rises = ({ leaf }: BundleEntry): boolean => leaf.type === "label" && leaf.body.untrusted;
const asked =
  (change: (action: JsonObject) => JsonObject): Edit =>
  (entry, bundle) =>
    content(isRequested, ({ action }) => ({ action: { ...Object(action), ...change(Object(action)) } }))(
      entry,
      bundle,
    );
const otherAnswer = Buffer.from('{"content":[{"text":"nothing to see","type":"text"}]}');

/** Every way we know to let a label fall that nobody let fall. */
export const declassifyForgeries: Readonly<Record<string, Edit>> = {
  "falls lower than was signed": body(falls, (before) => ({ ...before, class: "public" })),
  "falls for a decision": body(falls, (before, bundle) => ({
    ...before,
    because: idOf(bundle, ({ leaf }) => leaf.type === "decision"),
  })),
  "falls for a request that nobody answered": body(falls, (before, bundle) => ({
    ...before,
    because: idOf(bundle, isRequested),
  })),
  "falls with what was signed for a call": body(
    (entry) => isApproved(entry) || isRequested(entry),
    (before) => ({ ...before, kind: "call" }),
  ),
  "of a store falls": body(falls, (before) => ({ ...before, state: "store" })),
  "of another instance falls": body(
    (entry) => (falls(entry) || rises(entry)) && Object(entry.leaf.body).state === "instance",
    (before) => ({ ...before, ref: "A".repeat(22) }),
  ),
  "falls after another call raised it": body(rises, (before, bundle) => ({
    ...before,
    because: idOf(bundle, ({ leaf }) => leaf.type === "mandate"),
  })),
  "falls for other bytes than were answered": (entry) => {
    const { leaf, openings } = entry;
    const opened = openings?.content;
    if (leaf.type !== "outcome" || opened === undefined) return entry;
    const { salt } = opened;
    const bytes = { bytes: otherAnswer.toString("base64url"), bytes_salt: salt };
    const digest = bytesCommitment(sha256, salt, otherAnswer);
    const changed = { ...leaf, body: { ...leaf.body, digest } };
    return { ...entry, leaf: changed, openings: { ...openings, content: { ...opened, ...bytes } } };
  },
  "falls for an answer that was shown otherwise": asked(() => ({ answer: { content: [] } })),
  "falls from something else than was carried": asked(() => ({
    from: { class: "restricted", untrusted: true },
  })),
  "falls for a request of fewer signatures": body(isRequested, (before) => ({
    ...before,
    requires: ["approver#1"],
  })),
  "falls by who answers for the agent": content(
    ({ leaf }) => leaf.type === "registry" && leaf.body.kind === "agent",
    ({ document }) => ({ document: { ...Object(document), deputy: "mailto:Vera" } }),
  ),
  "falls by a person without the role": body(
    ({ leaf }) => leaf.type === "person" && leaf.body.action === "enrolled",
    (before) => ({ ...before, roles: ["auditor"] }),
  ),
};

/** What the report says of each. */
export const declassifyReports: Readonly<Record<string, string>> = {
  "falls lower than was signed": "it falls to something else than was signed",
  "falls for a decision": "nobody signed for it",
  "falls for a request that nobody answered": "nobody signed for it",
  "falls with what was signed for a call": "nobody asked for this approval",
  "of a store falls": "/labels/instance is not what its leaf says",
  "of another instance falls": "what was signed is about another state",
  "falls after another call raised it": "something else was read since the answer",
  "falls for other bytes than were answered": "about other bytes than were answered",
  "falls for an answer that was shown otherwise": "not the one whose digest is on record",
  "falls from something else than was carried": "not the one whose digest is on record",
  "falls for a request of fewer signatures": "it asks for other signatures",
  "falls by who answers for the agent": "answers for the agent, signed",
  "falls by a person without the role": "did not have that role",
};
