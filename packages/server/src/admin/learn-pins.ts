import type { JsonObject } from "@narrowgate/kernel";
import type { PinChoice, Refused } from "./ports/registry-port.ts";
import type { SignedRequest } from "./ports/signed-request.ts";
import type { AdminPorts } from "./ports.ts";

/** What was approved of each server. */
export interface LearnedPins {
  readonly kind: "learned";
  readonly pinned: readonly JsonObject[];
}

/** Registered operations that nobody has approved yet. One that changed is never approved by learning. */
async function newOnes(
  server: string,
  ports: AdminPorts,
): Promise<Parameters<AdminPorts["registry"]["approvePins"]>[0]> {
  const definitions = await ports.liveDefinitions(server);
  const choices = ports.registry
    .learned(server, definitions)
    .flatMap(({ kind, name, state, current }): PinChoice[] =>
      state === "new" && current !== undefined ? [{ kind, name, digest: current }] : [],
    );
  return { server, choices, definitions };
}

/**
 * Approves what the servers state of their registered operations, where nothing was approved before: trust on first use,
 * asked for by the operator in so many words.
 * @throws NarrowgateError `upstream_unavailable` and its kin, when a server does not answer
 */
export async function learnAll(
  servers: readonly string[],
  request: SignedRequest,
  ports: AdminPorts,
): Promise<LearnedPins | Refused> {
  const pinned: JsonObject[] = [];
  for (const server of servers) {
    const approval = await newOnes(server, ports);
    if (approval.choices.length === 0) continue;
    const outcome = await ports.registry.approvePins(approval, request);
    if (outcome.kind === "refused") return outcome;
    pinned.push(...outcome.approved.map((choice) => ({ server, ...choice })));
  }
  return { kind: "learned", pinned };
}
