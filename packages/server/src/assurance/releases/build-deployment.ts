import {
  type AgentRecord,
  type Deployment,
  type NamedDigest,
  RELEASE_ROLES,
  type ReleaseManifest,
  type ReleaseRole,
  releaseDigest,
  type ServerRecord,
  type TrustedIssuer,
} from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, type JsonValue, utf8 } from "@narrowgate/kernel";
import { nodeSha256, sha256Base64url } from "../../platform/crypto-hash/sha256.ts";

/** What of this instance a release is bound to. */
export interface DeploymentSource {
  readonly environment: Deployment["environment"];
  /** External base URL, without a trailing slash. */
  readonly issuer: string;
  readonly agent: AgentRecord;
  /** Digest of the policies it is decided under. */
  readonly policy: string;
  readonly servers: readonly ServerRecord[];
  readonly issuers: readonly TrustedIssuer[];
  /** Refs of those who hold a role now. */
  readonly holders: (role: ReleaseRole) => readonly string[];
}

function digestOf(value: JsonValue): string {
  return sha256Base64url(utf8(canonicalJson(value)));
}

function byName(a: NamedDigest, b: NamedDigest): number {
  return a.name < b.name ? -1 : 1;
}

/** How an issuer is trusted; the leaf that says so is of this log, and is left out. */
function issuerDigest({ entry: _, ...trust }: TrustedIssuer): string {
  const stated: JsonObject = { ...trust };
  return digestOf(stated);
}

/**
 * A release as it would run here.
 * @see docs/spec/release.md R-2
 */
export function buildDeployment(manifest: ReleaseManifest, source: DeploymentSource): Deployment {
  const { agent, environment, holders, issuer, issuers, servers } = source;
  const reached = new Set(manifest.tools.map(({ server }) => server));
  const upstreams = servers.filter(({ id }) => reached.has(id));
  return {
    v: 1,
    release: releaseDigest(nodeSha256, manifest),
    environment,
    issuer,
    audiences: upstreams.map(({ id }) => `${issuer}/mcp/${id}`).sort(),
    trusted_issuers: issuers
      .map((trusted) => ({ name: trusted.issuer, digest: issuerDigest(trusted) }))
      .sort(byName),
    owner: agent.owner,
    deputy: agent.deputy,
    policy: source.policy,
    bindings: digestOf(agent.bindings.map((binding): JsonObject => ({ ...binding }))),
    upstreams: upstreams
      .map(({ id, upstream }) => ({ name: id, digest: digestOf({ ...upstream }) }))
      .sort(byName),
    signers: RELEASE_ROLES.map((role) => ({ role, people: [...holders(role)].sort() })),
  };
}
