import { readArray, readEnum, readObject, readOptional, readString } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import { learnedJson } from "./describe-records.ts";
import type { PinChoice } from "./ports/registry-port.ts";
import { param, refusedAnswer } from "./read-values.ts";
import type { AdminRequest, Route } from "./route.ts";

function readChoice(value: unknown, path: string): PinChoice {
  const choice = readObject(value, path, ["kind", "name", "digest"]);
  return {
    kind: readEnum(choice.kind, `${path}/kind`, ["tool", "prompt", "resource"]),
    name: readString(choice.name, `${path}/name`, { min: 1, max: 1024 }),
    digest: readString(choice.digest, `${path}/digest`, { min: 43, max: 43 }),
  };
}

/** Definitions to approve; without any, the request only asks what there is. */
function readApproval({ body }: AdminRequest): readonly PinChoice[] | undefined {
  const { approve } = readObject(body, "", ["approve"]);
  return readOptional(approve, (value) => readArray(value, "/approve", readChoice, { min: 1, max: 4096 }));
}

/** What the tools of a server say of themselves, and which of it was approved. */
export const pinRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/registry/servers/{id}/pins",
    access: "signed",
    async handle(request, { registry, liveDefinitions }) {
      const server = param(request, "id");
      const choices = readApproval(request);
      const definitions = await liveDefinitions(server);
      if (choices === undefined) {
        return okAnswer({ server, operations: registry.learned(server, definitions).map(learnedJson) });
      }
      const outcome = await registry.approvePins({ server, choices, definitions }, request.signer);
      if (outcome.kind === "refused") return refusedAnswer(outcome);
      return okAnswer({ server, approved: outcome.approved.map((choice) => ({ ...choice })) });
    },
  },
];
