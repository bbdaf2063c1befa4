import {
  canonicalJson,
  type JsonValue,
  type Sha256,
  type Sha256Text,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import type { ReleaseManifest } from "./release-manifest.ts";

/** One difference between the running release and the proposed one. */
export type ReleaseChange = {
  readonly part: Exclude<keyof ReleaseManifest, "v">;
  readonly change: "added" | "removed" | "changed";
  /** What in that part: a tool, a member, a digest. */
  readonly name: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
};

type Named = ReadonlyMap<string, JsonValue>;

function byMember(value: object): Named {
  return new Map(Object.entries(value));
}

function byItself(values: readonly string[]): Named {
  return new Map(values.map((value) => [value, value]));
}

/** Each part as names with values, so that one comparison serves all of them. */
function parts(manifest: ReleaseManifest): readonly (readonly [ReleaseChange["part"], Named])[] {
  return [
    ["agent", byMember(manifest.agent)],
    ["attested", new Map(manifest.attested.map((a) => [`${a.by} ${a.claim}`, a.value]))],
    ["brokers", byItself(manifest.brokers)],
    ["ceiling", byMember(manifest.ceiling)],
    ["declared", byMember(manifest.declared)],
    ["entitlements", byItself(manifest.entitlements === undefined ? [] : [manifest.entitlements])],
    ["policies", byItself(manifest.policies)],
    ["procedure", byMember({ procedure: manifest.procedure })],
    ["response_rules", byItself(manifest.response_rules)],
    ["tools", new Map(manifest.tools.map((t) => [`${t.server}/${t.kind}/${t.name}`, { ...t }]))],
  ];
}

function changeOf(
  part: ReleaseChange["part"],
  name: string,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): readonly ReleaseChange[] {
  if (before === undefined) return after === undefined ? [] : [{ part, change: "added", name, after }];
  if (after === undefined) return [{ part, change: "removed", name, before }];
  return canonicalJson(before) === canonicalJson(after)
    ? []
    : [{ part, change: "changed", name, before, after }];
}

/**
 * What differs, by part and name, sorted by both. Nothing before: all of it is added.
 */
export function releaseDiff(
  before: ReleaseManifest | undefined,
  after: ReleaseManifest,
): readonly ReleaseChange[] {
  const old = new Map(before === undefined ? [] : parts(before));
  return parts(after).flatMap(([part, now]) => {
    const then = old.get(part) ?? new Map<string, JsonValue>();
    const names = [...new Set([...then.keys(), ...now.keys()])].sort();
    return names.flatMap((name) => changeOf(part, name, then.get(name), now.get(name)));
  });
}

/** Digest of a difference, as the statement names it. */
export function diffDigest(sha256: Sha256, diff: readonly ReleaseChange[]): Sha256Text {
  return toSha256Text(sha256(utf8(`narrowgate/release-diff/v1\n${canonicalJson([...diff])}`)));
}
