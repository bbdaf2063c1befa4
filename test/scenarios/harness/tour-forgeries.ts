import { generateKeyPairSync } from "node:crypto";
import { formatAuthority, parseAuthority } from "@narrowgate/authority";
import type { BundleEntry, LeafType, ProofBundle, TrustFile } from "@narrowgate/contracts";
import type { JsonValue } from "@narrowgate/kernel";
import { digestText, JwtKey, signingInput } from "@narrowgate/testkit/bundle";
import { type HeadKeys, rewritten } from "./rewritten-log.ts";

/** What a forgery starts from. */
export interface ForgerySource {
  readonly bundle: ProofBundle;
  readonly trust: TrustFile;
  /** The real keys of log and witness: what the worst operator has. */
  readonly keys: HeadKeys;
}

/** A forgery, the rule that refuses it, and what the message has to name. */
export interface Forgery {
  readonly rule: string;
  readonly names: RegExp;
  /** The entry the failure has to be about. */
  readonly entry?: string;
  readonly make: () => ProofBundle | Promise<ProofBundle>;
}

type EntryOf<T extends LeafType> = BundleEntry & { readonly leaf: Extract<BundleEntry["leaf"], { type: T }> };

/** The first entry of a type for which `fits` holds. */
export function findEntry<T extends LeafType>(
  { entries }: ProofBundle,
  type: T,
  fits: (entry: EntryOf<T>) => boolean = () => true,
): EntryOf<T> {
  const isOfType = (entry: BundleEntry): entry is EntryOf<T> => entry.leaf.type === type;
  const found = entries.filter(isOfType).find(fits);
  if (found === undefined) throw new RangeError(`the tour has no such ${type}`);
  return found;
}

/** The bundle with one entry changed. */
export function withEntry(
  bundle: ProofBundle,
  target: BundleEntry,
  change: (entry: BundleEntry) => BundleEntry,
): ProofBundle {
  return { ...bundle, entries: bundle.entries.map((each) => (each === target ? change(each) : each)) };
}

/** A refused decision made a permit. */
export function permitted({ leaf, ...rest }: BundleEntry): BundleEntry {
  if (leaf.type !== "decision") throw new RangeError("not a decision");
  const { code: _, ...body } = leaf.body;
  return { ...rest, leaf: { ...leaf, body: { ...body, verdict: "permit" } } };
}

function withInput(entry: BundleEntry, path: string, value: JsonValue): BundleEntry {
  const inputs = entry.openings?.inputs?.map((item) =>
    "commitment" in item || item.path !== path ? item : { ...item, value },
  );
  return { ...entry, openings: { ...entry.openings, ...(inputs === undefined ? {} : { inputs }) } };
}

/** A signing input that grants another scope beside its own. */
function widened(entry: BundleEntry): BundleEntry {
  const proof = entry.openings?.proof;
  const [header = "", payload = ""] = String(proof?.["signing_input"]).split(".");
  const read = (part: string): Record<string, string> =>
    JSON.parse(Buffer.from(part, "base64url").toString());
  const claims = read(payload);
  const input = signingInput(read(header), { ...claims, scope: `${claims["scope"]} everything:write` });
  if (proof === undefined) throw new RangeError("the token is not opened");
  return { ...entry, openings: { ...entry.openings, proof: { ...proof, signing_input: input } } };
}

const newPair = (): HeadKeys["log"] => generateKeyPairSync("ed25519").privateKey;

/** What somebody can do who has no key: change the file and repair its seal. */
export function keylessForgeries({ bundle, trust }: ForgerySource): Readonly<Record<string, Forgery>> {
  const denied = findEntry(
    bundle,
    "decision",
    ({ leaf }) => leaf.type === "decision" && leaf.body.verdict === "refuse",
  );
  const call = findEntry(bundle, "decision", ({ openings }) => openings?.inputs !== undefined);
  const token = findEntry(bundle, "token");
  const [first, second] = bundle.entries.filter(({ leaf }) => leaf.type === "outcome");
  const policy = findEntry(bundle, "policy");
  const one = (target: BundleEntry, change: (entry: BundleEntry) => BundleEntry) => () =>
    rewritten({ bundle, trust }, undefined, (entry) => (entry === target ? change(entry) : entry));
  const inTree = { rule: "E-22", names: /not in the tree at its place/ };
  const headless = { rule: "E-24", names: /checkpoint is refused: bad_signature/ };
  return {
    "a refusal turned into a permit": {
      ...inTree,
      entry: denied.leaf.id,
      make: () => withEntry(bundle, denied, permitted),
    },
    "a refusal turned into a permit, the tree built anew": { ...headless, make: one(denied, permitted) },
    "a recorded input changed": {
      rule: "E-7",
      names: /opened inputs is not what the leaf commits to/,
      entry: call.leaf.id,
      make: () => withEntry(bundle, call, (entry) => withInput(entry, "/context/env", "prod")),
    },
    "a recorded input changed, its digest and the tree made anew": {
      ...headless,
      make: one(call, (entry) => withInput(entry, "/context/env", "prod")),
    },
    "a token made wider": {
      rule: "E-7",
      names: /opened proof is not what the leaf commits to/,
      entry: token.leaf.id,
      make: () => withEntry(bundle, token, widened),
    },
    "two leaves with each other's times": {
      ...inTree,
      entry: first?.leaf.id ?? "",
      make: () =>
        withEntry(bundle, first ?? token, (entry) => ({
          ...entry,
          leaf: { ...entry.leaf, at: (second ?? token).leaf.at },
        })),
    },
    "other policies": {
      rule: "E-7",
      names: /opened content is not what the leaf commits to/,
      entry: policy.leaf.id,
      make: () =>
        withEntry(bundle, policy, ({ openings, ...entry }) => ({
          ...entry,
          openings: { ...openings, content: { bundle: { files: [], schema: "{}" }, salt: "A".repeat(22) } },
        })),
    },
    "the witness left out": {
      rule: "E-24",
      names: /checkpoint is refused: .*witness/,
      make: () => ({ ...bundle, checkpoint: bundle.checkpoint.replace(/\u2014 tour-witness .*\n$/, "") }),
    },
    "the head of another log": {
      rule: "E-24",
      names: /knows no log of this origin/,
      make: () => ({ ...bundle, checkpoint: bundle.checkpoint.replaceAll("/log/", "/log/other-") }),
    },
    "everything signed anew: log, witness, issuer, operator": {
      ...headless,
      make: () => rewritten({ bundle, trust }, { log: newPair(), witness: newPair() }, signedAnew),
    },
  };
}

const strangersKey = new JwtKey();

/** The JWS of a proof signed by a key nobody knows; the entry as it is where it has none. */
function signedAnew(entry: BundleEntry): BundleEntry {
  const proof = entry.openings?.proof;
  const signed = ["subject_assertion", "request"].filter((name) => typeof proof?.[name] === "string");
  if (proof === undefined || signed.length === 0) return entry;
  const members = signed.map((name) => {
    const [header, payload] = String(proof[name]).split(".");
    return [name, strangersKey.signInput(`${header}.${payload}`)];
  });
  return {
    ...entry,
    openings: { ...entry.openings, proof: { ...proof, ...Object.fromEntries(members) } },
  };
}

/** A wider token with its digest and what was granted on record made to fit. */
function widenedOnRecord(entry: BundleEntry): BundleEntry {
  const { leaf, openings } = widened(entry);
  const content = openings?.content;
  if (leaf.type !== "token" || content === undefined) throw new RangeError("not an opened token");
  const granted = { ...parseAuthority(content["granted"]) };
  const scope = [...granted.scope, "everything:write"];
  return {
    ...entry,
    leaf: { ...leaf, body: { ...leaf.body, digest: digestText(String(openings?.proof?.["signing_input"])) } },
    openings: {
      ...openings,
      content: { ...content, granted: { ...formatAuthority({ ...granted, scope }) } },
    },
  };
}

/** What an operator can do with every key, towards a reader who has seen a head. */
export function operatorForgeries(source: ForgerySource): Readonly<Record<string, Forgery>> {
  const { keys, trust } = source;
  const size = trust.logs[0]?.size ?? 0;
  return {
    "an older head, witnessed": {
      rule: "E-24",
      names: new RegExp(`${size - 40}.*${size}.*older|older.*${size - 40}.*${size}`),
      make: () => rewritten({ ...source, size: size - 40 }, keys, (entry) => entry),
    },
    "a second history of the same size, witnessed": {
      rule: "E-24",
      names: /the log has forked/,
      make: () => rewritten(source, keys, (entry) => entry),
    },
  };
}

/** What the same operator can do towards a reader who has seen nothing yet: there the content has to give it away. */
export function unseenForgeries(source: ForgerySource): Readonly<Record<string, Forgery>> {
  const { bundle, keys } = source;
  const refused = (code: string): BundleEntry =>
    findEntry(bundle, "decision", ({ leaf }) => leaf.type === "decision" && leaf.body.code === code);
  const one = (target: BundleEntry, change: (entry: BundleEntry) => BundleEntry) => () =>
    rewritten(source, keys, (entry) => (entry === target ? change(entry) : entry));
  const turned = (code: string, rule: string, names: RegExp): Forgery => {
    const entry = refused(code);
    return { rule, names, entry: entry.leaf.id, make: one(entry, permitted) };
  };
  const token = findEntry(bundle, "token");
  const mandate = findEntry(bundle, "mandate", ({ leaf }) => leaf.body.action === "opened");
  const registration = findEntry(bundle, "registry");
  const policy = findEntry(bundle, "policy");
  const call = findEntry(
    bundle,
    "decision",
    ({ leaf }) => leaf.body.action === "call" && leaf.body.verdict === "permit",
  );
  return {
    "the person's assertion signed by somebody else": {
      rule: "E-26",
      names: /subject's assertion does not verify/,
      entry: mandate.leaf.id,
      make: one(mandate, signedAnew),
    },
    "an operator's request signed by somebody else": {
      rule: "E-27",
      names: /operator's request does not verify/,
      entry: registration.leaf.id,
      make: one(registration, signedAnew),
    },
    "a recorded input changed": {
      rule: "E-16",
      names: /recomputed: refuse, on record: permit/,
      entry: call.leaf.id,
      make: one(call, (entry) => withInput(entry, "/context/args", { path: "/etc/passwd" })),
    },
    "other policies on record": {
      rule: "E-16",
      names: /policies on record are not those whose digest the leaf has/,
      entry: policy.leaf.id,
      make: one(policy, ({ leaf, ...entry }) => ({
        ...entry,
        leaf: leaf.type === "policy" ? { ...leaf, body: { ...leaf.body, digest: digestText("x") } } : leaf,
      })),
    },
    "a token made wider, and its record with it": {
      rule: "E-18",
      names: /the hop is wider than the .* allows: scope/,
      entry: token.leaf.id,
      make: one(token, widenedOnRecord),
    },
    "a call outside its authority permitted": turned(
      "authority_exceeded",
      "E-16",
      /recomputed: refuse, on record: permit/,
    ),
    "a changed tool permitted": turned("tool_changed", "E-16", /recomputed: refuse, on record: permit/),
    "a revoked token permitted": turned("revoked", "E-14", /revoked/),
    "a token made wider": {
      rule: "E-18",
      names: /signing input is not the one whose digest is on record/,
      entry: token.leaf.id,
      make: one(token, widened),
    },
  };
}
