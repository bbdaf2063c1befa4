import {
  type Deployment,
  deploymentDigest,
  type ReleaseChange,
  type ReleasedTool,
  releaseDiff,
} from "@narrowgate/contracts";
import { canonicalJson } from "@narrowgate/kernel";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import type { PolicyNames, Standing } from "./ports.ts";

/** How what stands now compares with what was signed. */
export interface Drift {
  /** What differs beside tools; empty = the agent may get tokens. */
  readonly stops: readonly string[];
  /** Operations that are as they were signed, by `server/kind/name`. */
  readonly tools: ReadonlySet<string>;
  readonly changes: readonly ReleaseChange[];
  /** How the policies in it are called now. */
  readonly policyNames?: PolicyNames;
}

/** How an operation is named among those of a release. */
export function toolKey({ server, kind, name }: Pick<ReleasedTool, "server" | "kind" | "name">): string {
  return `${server}/${kind}/${name}`;
}

/**
 * All of a deployment that is compared again: who holds a role is looked at when it is promoted, release and policies apart.
 */
function bound({
  release: _,
  signers: __,
  policy: ___,
  glass: ____,
  upstreams,
  audiences,
  ...rest
}: Deployment): string {
  return canonicalJson(rest);
}

function movedUpstreams(signed: Deployment, now: Deployment): readonly string[] {
  const current = new Map(now.upstreams.map(({ name, digest }) => [name, digest]));
  return signed.upstreams.filter(({ name, digest }) => current.get(name) !== digest).map(({ name }) => name);
}

/** Compares. A changed tool leaves, and so do all tools of a server that is reached in another way; anything else stops the agent. */
export function driftOf(signed: Standing, now: Standing): Drift {
  const changes = releaseDiff(signed.manifest, now.manifest);
  const parts = new Set(changes.map(({ part }) => part).filter((part) => part !== "tools"));
  const places = bound(signed.deployment) === bound(now.deployment) ? [] : ["deployment"];
  const moved = new Set(movedUpstreams(signed.deployment, now.deployment));
  const current = new Map(now.manifest.tools.map((tool) => [toolKey(tool), canonicalJson({ ...tool })]));
  const stands = (tool: ReleasedTool): boolean =>
    !moved.has(tool.server) && current.get(toolKey(tool)) === canonicalJson({ ...tool });
  return {
    stops: [...parts, ...places],
    tools: new Set(signed.manifest.tools.filter(stands).map(toolKey)),
    changes,
    ...(now.policyNames === undefined ? {} : { policyNames: now.policyNames }),
  };
}

/** Digest by which tokens name a deployment. */
export function nameOf({ deployment }: Pick<Standing, "deployment">): string {
  return deploymentDigest(nodeSha256, deployment);
}
