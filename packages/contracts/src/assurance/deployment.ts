import { canonicalJson, type Sha256, type Sha256Text, toSha256Text, utf8 } from "@narrowgate/kernel";
import { ENVIRONMENTS, type Environment } from "../evidence/bodies/log.ts";
import { digest, id, listOf, literal, oneOf, sortedSetOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";

/** The roles that sign a release, each by another person. */
export const RELEASE_ROLES = ["compliance", "iam", "pam", "security"] as const;

/** One of {@link RELEASE_ROLES}. */
export type ReleaseRole = (typeof RELEASE_ROLES)[number];

/** Something named, and the digest of how it is set up here. */
export type NamedDigest = { readonly name: string; readonly digest: string };

/** Who held a signing role when the release was proposed: person refs, sorted. */
export type RoleHolders = { readonly role: ReleaseRole; readonly people: readonly string[] };

/**
 * A release bound to one instance. All but `signers`, `policy` and `glass` is compared again at each mint.
 * @see docs/spec/release.md section 2
 */
export type Deployment = {
  readonly v: 1;
  readonly release: string;
  readonly environment: Environment;
  readonly issuer: string;
  /** Resource identifiers of the servers in the manifest, sorted. */
  readonly audiences: readonly string[];
  /** Issuers trusted for people or workloads, by name. */
  readonly trusted_issuers: readonly NamedDigest[];
  readonly owner: string;
  readonly deputy: string;
  /** Digest of the policies in force when it was proposed: those under which the agent is decided about. */
  readonly policy: string;
  /** Digest of the agent's workload bindings. */
  readonly bindings: string;
  /** How each server of the manifest is reached, by server id. */
  readonly upstreams: readonly NamedDigest[];
  readonly signers: readonly RoleHolders[];
  /** Id of the break-glass that it is for; absent in a release. */
  readonly glass?: string;
};

const words = text({ min: 1, max: 1024 });
const named = shape<NamedDigest>({ name: words, digest });

const readDeployment: Reader<Deployment> = shape<Deployment>({
  v: literal(1),
  release: digest,
  environment: oneOf(ENVIRONMENTS),
  issuer: words,
  audiences: sortedSetOf(words, { max: 4096 }),
  trusted_issuers: listOf(named, { max: 1024 }),
  owner: words,
  deputy: words,
  policy: digest,
  bindings: digest,
  upstreams: listOf(named, { max: 4096 }),
  signers: listOf(
    shape<RoleHolders>({ role: oneOf(RELEASE_ROLES), people: sortedSetOf(id, { max: 1024 }) }),
    { max: RELEASE_ROLES.length },
  ),
  glass: optional(id),
});

/**
 * Reads a deployment.
 * Trust: `value` is attacker-controlled; nothing in it is verified.
 * @throws NarrowgateError `malformed_input`
 */
export function parseDeployment(value: unknown): Deployment {
  return readDeployment(value, "");
}

/** The deployment digest: what tokens of production name. */
export function deploymentDigest(sha256: Sha256, deployment: Deployment): Sha256Text {
  return toSha256Text(sha256(utf8(`narrowgate/deployment/v1\n${canonicalJson(deployment)}`)));
}
