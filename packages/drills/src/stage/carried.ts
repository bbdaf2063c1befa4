import { createHash } from "node:crypto";
import { type Pilot, parseReleaseManifest } from "@narrowgate/contracts";
import { canonicalJson, type JsonValue } from "@narrowgate/kernel";
import { makeKey } from "../wire/key.ts";
import { listAt, objectOf, textAt } from "../wire/reading.ts";
import type { Upstreams } from "./upstreams.ts";

/** Whoever signs for people of the pilot in a sandbox: a key that nobody keeps. */
const nobodysKey = makeKey();

/** Texts that begin with `{issuer}` say the address of the sandbox instead. */
function atHome(value: JsonValue, issuer: string): JsonValue {
  if (typeof value === "string") return value.startsWith("{issuer}") ? issuer + value.slice(8) : value;
  if (Array.isArray(value)) return value.map((item: JsonValue) => atHome(item, issuer));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, atHome(item, issuer)]));
}

function issuersOf({ entitlements = [] }: Pilot): readonly object[] {
  const names = new Set(entitlements.map((rule) => textAt(rule, "issuer")));
  const jwk = { ...nobodysKey.jwk, kid: "drill", alg: "ES256", use: "sig" };
  return [...names].flatMap((issuer) =>
    issuer === ""
      ? []
      : [{ issuer, uses: ["subject"], audiences: [issuer], groups_claim: "groups", jwks: { keys: [jwk] } }],
  );
}

/**
 * A registry with the pilot beside the agents of the drills: what its release is made of as it is, its servers replaced by
 * stand-ins, and whoever runs as it enrolled by a code.
 */
export function withPilot(
  document: object,
  pilot: Pilot,
  place: { readonly issuer: string; readonly upstreams: Upstreams },
): object {
  const { issuer, upstreams } = place;
  const agents = pilot.agents.map((agent) => ({
    ...objectOf(atHome(agent, issuer)),
    bindings: [{ method: "enrolment" }],
  }));
  const servers = pilot.servers.map((server) => ({
    ...server,
    upstream: { transport: "http", url: upstreams.url(textAt(server, "id")), auth: "none" },
  }));
  const { entitlements } = pilot;
  return {
    ...document,
    agents: [...listAt(document, "agents"), ...agents],
    servers: [...listAt(document, "servers"), ...servers],
    ...(entitlements === undefined
      ? {}
      : { entitlements: entitlements.map((rule) => atHome(rule, issuer)), issuers: issuersOf(pilot) }),
  };
}

/** The policies of the pilot, a file each. */
export function policyFiles({
  policies,
}: Pilot): readonly { readonly name: string; readonly text: string }[] {
  return policies.map((text, i) => ({ name: `pilot-${i}.cedar`, text }));
}

/** What a sandbox has of the pilot's release: the same digest, or what differs. */
export interface Standing {
  readonly isSame: boolean;
  /** Parts of the manifest. */
  readonly differs: readonly string[];
}

/**
 * Compares the manifest that the sandbox states with the one that was asked for, by this program's own digest. What is
 * attested and declared is taken from the one asked for: no gate can see it, and so no sandbox can show it.
 * @param stated - as the sandbox's administration interface gave it
 * @see docs/spec/release.md R-1
 */
export function compareRelease({ manifest, release }: Pilot, stated: unknown): Standing {
  const { attested, declared } = manifest;
  const here = { ...parseReleaseManifest(stated), attested, declared };
  const [left, right]: Readonly<Record<string, JsonValue>>[] = [here, manifest];
  const names = new Set([...Object.keys(here), ...Object.keys(manifest)]);
  const text = (value: JsonValue | undefined): string => canonicalJson(value ?? null);
  const differs = [...names].filter((name) => text(left?.[name]) !== text(right?.[name])).sort();
  const digest = createHash("sha256")
    .update(`narrowgate/release/v1\n${canonicalJson(here)}`)
    .digest("base64url");
  return { isSame: differs.length === 0 && digest === release, differs };
}
