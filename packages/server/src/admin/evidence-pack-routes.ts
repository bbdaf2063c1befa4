import type { JsonObject } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { PackParts } from "./ports/evidence-packs-port.ts";
import { param, readCount } from "./read-values.ts";
import type { Route } from "./route.ts";

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
