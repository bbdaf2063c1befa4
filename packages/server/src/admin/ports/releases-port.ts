import type { ReleaseEffects, ReleasePack } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { SignedRequest } from "./signed-request.ts";

/** What the author and platforms say of a workload. */
export type Stated = Pick<ReleasePack, "attested" | "declared">;

/** The releases room, as the admin API sees it. */
export interface ReleasesPort {
  /**
   * @param wanted - `tested` comes from another instance
   * @throws `not_found`, `conflict`, `release_drifted`, `release_not_ready`, `verification_failed`, `policy_missing`,
   * `evidence_unavailable`
   */
  propose(
    wanted: Stated & { readonly agent: string; readonly tested?: ReleasePack },
    request: SignedRequest,
  ): Promise<JsonObject>;
  /** @throws `release_not_signed`, `release_not_ready`, `release_drifted`, `conflict`, `not_found` */
  promote(id: string, request: SignedRequest, share?: number): Promise<JsonObject>;
  /** @throws `not_found`, `conflict` */
  rollBack(
    wanted: { readonly agent: string; readonly to?: string; readonly reason: string },
    request: SignedRequest,
  ): Promise<JsonObject>;
  /** @throws `not_found`, `conflict`, `malformed_input`, `glass_unreviewed`, `release_drifted`, `policy_missing` */
  askGlass(
    wanted: { readonly agent: string; readonly reason: string; readonly seconds: number },
    request: SignedRequest,
  ): Promise<JsonObject>;
  /** Every break-glass, newest first. */
  glasses(): readonly JsonObject[];
  list(): readonly JsonObject[];
  /** @throws `not_found` */
  show(id: string): JsonObject;
}

/** Releases with their proof; each is a reading of evidence, and recorded. */
export interface ReleasePacksPort {
  /** Evaluates the agent as it stands, for an instance that promotes it. @throws `not_found`, `policy_missing` */
  tested(agent: string, stated: Stated, request: SignedRequest): Promise<ReleasePack>;
  /** A release that was proposed here, for whoever audits it. @throws `not_found` */
  release(id: string, request: SignedRequest): Promise<ReleasePack>;
}

/** What a release did; a reading of evidence, and recorded. */
export interface EffectsPort {
  /** @param id - of a proposal, or the digest of its deployment. @throws `not_found` */
  of(id: string, request: SignedRequest): Promise<ReleaseEffects>;
}
