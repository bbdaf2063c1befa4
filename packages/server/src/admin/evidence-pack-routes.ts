import type { BundleEntry, ReadinessFacts, ReleasePack } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { SignedRequest } from "./ports.ts";
import { param, readCount } from "./read-values.ts";
import type { Route } from "./route.ts";

/** What an evidence pack is made of, beside leaves and bundles of transactions. */
export type PackParts = {
  /** Ref of the agent. */
  readonly ref: string;
  /** Leaf id and index of the evaluation that is reported: the newest one of this release. */
  readonly evaluation: string;
  readonly index: number;
  readonly release: ReleasePack;
  readonly facts: ReadinessFacts;
  /** Texts of the manifest's policies, in their order. */
  readonly policies: readonly string[];
  readonly servers: readonly BundleEntry[];
};

/** What evidence packs are made from; each is a reading of evidence, and recorded (E-2). */
export interface EvidencePacksPort {
  /** Evaluates the agent, and gives what is said of this release. @throws `not_found`, `policy_missing` */
  parts(id: string, request: SignedRequest): Promise<PackParts>;
  /** Leaves of an agent, newest first, beginning at one of them. @throws `not_found` */
  leaves(
    agent: string,
    page: { readonly from: number; readonly count: number },
    request: SignedRequest,
  ): Promise<{ readonly leaves: readonly string[]; readonly next?: number }>;
}

function partsJson({ servers, facts, ...parts }: PackParts): JsonObject {
  return { ...parts, facts, servers: servers.map((entry) => ({ ...entry })) };
}

/** Parts of evidence packs; whoever asks puts them together. */
export const evidencePackRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/releases/{id}/evidence",
    access: "signed",
    handle: async (request, { evidencePacks }) =>
      okAnswer(partsJson(await evidencePacks.parts(param(request, "id"), request.signer)), 201),
  },
  {
    method: "GET",
    path: "/agents/{id}/leaves",
    access: "signed",
    query: ["from", "count"],
    async handle(request, { evidencePacks }) {
      const from = readCount(request, "from", { min: 0, max: 2 ** 40, absent: 0 });
      const count = readCount(request, "count", { min: 1, max: 1000, absent: 1000 });
      const page = await evidencePacks.leaves(param(request, "id"), { from, count }, request.signer);
      return okAnswer({ ...page, leaves: [...page.leaves] });
    },
  },
];
