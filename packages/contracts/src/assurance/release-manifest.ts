import {
  canonicalJson,
  type JsonObject,
  type Sha256,
  type Sha256Text,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import { digest, flag, jsonObject, listOf, literal, oneOf, sortedSetOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import type { DataClassName } from "../registry/data-classes.ts";
import { DATA_CLASSES } from "../registry/data-classes.ts";
import { RISK_TIERS } from "../registry/parse-agent.ts";
import { TOOL_EFFECTS } from "../registry/parse-server.ts";
import type { RiskTier, ToolEffect } from "../registry/records.ts";

/** One operation that an agent's ceiling reaches, as it was when it was tested. */
export type ReleasedTool = {
  readonly server: string;
  readonly kind: "tool" | "prompt" | "resource";
  /** Of a resource family its prefix. */
  readonly name: string;
  readonly dataClass: DataClassName;
  readonly effect: ToolEffect;
  readonly egress: boolean;
  readonly scope: string;
  readonly untrusted?: boolean;
  /** JSON Pointer to the amount in its arguments: what limits, approvals and entitlements count. */
  readonly amount?: string;
  /** JSON Pointer to the rows in its result. */
  readonly rows?: string;
  /** Digest of what it can answer at most, where that keeps labels behind it. */
  readonly sanitised?: string;
  /** What its server keeps between calls, and what that carries. */
  readonly store?: { readonly dataClass: DataClassName; readonly untrusted: boolean };
  /** What its server may ask of the client, sorted; absent = nothing. */
  readonly asks?: readonly string[];
  /** Digest of the pinned definition; absent for what has none. */
  readonly pin?: string;
};

/** What a platform signed about the workload: an image, a commit. */
export type AttestedClaim = { readonly by: string; readonly claim: string; readonly value: string };

/**
 * What is released: everything that decides what an agent may do, and nothing of the environment it does it in.
 * @see docs/spec/release.md section 1
 */
export type ReleaseManifest = {
  readonly v: 1;
  readonly agent: {
    readonly id: string;
    readonly purpose: string;
    readonly tier: RiskTier;
    readonly delegates: readonly string[];
  };
  /** Wire form of an authority, its own issuer written as `{issuer}`. */
  readonly ceiling: JsonObject;
  /** Sorted by server, kind, name. */
  readonly tools: readonly ReleasedTool[];
  /** The policies that can apply to this agent: digest of each text, sorted. */
  readonly policies: readonly string[];
  /** Digest of the entitlement mapping; absent where none is in force. */
  readonly entitlements?: string;
  /** Digests of the response rules of the servers above, sorted. */
  readonly response_rules: readonly string[];
  /** Digest of the decision procedure: engine, context, slicing, labels, posture by tier. */
  readonly procedure: string;
  /** Where just-in-time credentials come from. */
  readonly brokers: readonly string[];
  readonly attested: readonly AttestedClaim[];
  /** What the plane cannot see, as its author states it: model, prompt, code. Reported as tested, never as enforced. */
  readonly declared: Readonly<Record<string, string>>;
};

/** How well each part of a manifest is known. */
export const RELEASE_PARTS: Readonly<
  Record<Exclude<keyof ReleaseManifest, "v">, "enforced" | "attested" | "declared">
> = {
  agent: "enforced",
  ceiling: "enforced",
  tools: "enforced",
  policies: "enforced",
  entitlements: "enforced",
  response_rules: "enforced",
  procedure: "enforced",
  brokers: "enforced",
  attested: "attested",
  declared: "declared",
};

const words = text({ min: 1, max: 1024 });
const name = text({ min: 1, max: 2048 });

const readTool: Reader<ReleasedTool> = shape<ReleasedTool>({
  server: words,
  kind: oneOf(["tool", "prompt", "resource"]),
  name,
  dataClass: oneOf(DATA_CLASSES),
  effect: oneOf(TOOL_EFFECTS),
  egress: flag,
  scope: text({ max: 1024 }),
  untrusted: optional(flag),
  amount: optional(text({ max: 1024 })),
  rows: optional(text({ max: 1024 })),
  sanitised: optional(digest),
  store: optional(
    shape<NonNullable<ReleasedTool["store"]>>({ dataClass: oneOf(DATA_CLASSES), untrusted: flag }),
  ),
  asks: optional(sortedSetOf(words, { min: 1, max: 16 })),
  pin: optional(digest),
});

const readDeclared: Reader<Readonly<Record<string, string>>> = (value, path) => {
  const members = Object.entries(jsonObject(value, path));
  return Object.fromEntries(members.map(([key, item]) => [key, words(item, `${path}/${key}`)]));
};

const readManifest: Reader<ReleaseManifest> = shape<ReleaseManifest>({
  v: literal(1),
  agent: shape<ReleaseManifest["agent"]>({
    id: words,
    purpose: words,
    tier: oneOf(RISK_TIERS),
    delegates: sortedSetOf(words, { max: 1024 }),
  }),
  ceiling: jsonObject,
  tools: listOf(readTool, { max: 4096 }),
  policies: sortedSetOf(digest, { max: 65_536 }),
  entitlements: optional(digest),
  response_rules: sortedSetOf(digest, { max: 4096 }),
  procedure: digest,
  brokers: sortedSetOf(words, { max: 64 }),
  attested: listOf(shape<AttestedClaim>({ by: words, claim: words, value: words }), { max: 64 }),
  declared: readDeclared,
});

/**
 * Reads a release manifest.
 * Trust: `value` is attacker-controlled; nothing in it is verified.
 * @throws NarrowgateError `malformed_input`
 */
export function parseReleaseManifest(value: unknown): ReleaseManifest {
  return readManifest(value, "");
}

/** The release digest. */
export function releaseDigest(sha256: Sha256, manifest: ReleaseManifest): Sha256Text {
  return toSha256Text(sha256(utf8(`narrowgate/release/v1\n${canonicalJson(manifest)}`)));
}
