import type { TrustFile } from "@narrowgate/contracts";
import { type JsonObject, toBase64url } from "@narrowgate/kernel";
import { emptyRoot, formatVerifierKey } from "@narrowgate/tlog";
import { logVerifierKey } from "../evidence/checkpoints.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import type { Registry } from "../registry/registry.ts";
import type { Foundation } from "./open-foundation.ts";

const emptyHead = toBase64url(emptyRoot(nodeSha256));

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Keys of an issuer that stand in the registry; undefined for one that publishes them elsewhere. */
function keysOf(jwks: JsonObject | undefined): readonly JsonObject[] | undefined {
  const keys = jwks?.["keys"];
  return Array.isArray(keys) ? keys.filter(isObject) : undefined;
}

/** What this instance itself would have an offline verifier trust: nothing of it comes from what is verified. */
export function ownTrust(
  { config, evidence, custody, policies }: Foundation,
  registry: Pick<Registry, "issuers">,
): TrustFile {
  const { origin } = evidence.identity;
  const issuers = registry.issuers().flatMap(({ issuer, uses, jwks }) => {
    const keys = keysOf(jwks);
    return uses.includes("subject") && keys !== undefined ? [{ issuer, jwks: { keys } }] : [];
  });
  const place = config.approvals;
  return {
    format: "narrowgate-trust/1",
    // No head is named: a bundle is proven under the newest cosigned one, which may be an earlier one.
    logs: [{ origin, key: formatVerifierKey(logVerifierKey(origin, custody.log)), size: 0, root: emptyHead }],
    witnesses: { keys: [], threshold: 0 },
    issuers,
    ...(place === undefined ? {} : { approvals: { origin: place.origin, rp_id: place.rpId } }),
    procedures: [policies.procedure],
  };
}
