import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import type { RetentionPort, WantedErasure, WantedHold } from "../admin/ports/retention-port.ts";
import { transactionFacts } from "../evidence/recorded-work.ts";
import type { Hold, HoldScope } from "../retention/index.ts";
import type { Instance } from "./instance.ts";

type Used = Pick<Instance, "evidence" | "operators" | "registry" | "retention" | "state">;

async function subjectRef({ state }: Used, person: string): Promise<string> {
  const ref = await state.get("subject-ref", person);
  if (typeof ref === "string") return ref;
  throw new NarrowgateError("not_found", "nobody of that name handed anything over");
}

async function scopeOf(used: Used, { txn, agent, person, time }: WantedHold): Promise<HoldScope> {
  if (txn !== undefined) {
    await transactionFacts(used.evidence.store, txn);
    return { kind: "txn", id: txn, name: txn };
  }
  if (agent !== undefined) {
    const found = used.registry.agent(agent);
    if (found === undefined) throw new NarrowgateError("not_found", "there is no such agent");
    return { kind: "agent", id: found.ref, name: agent };
  }
  if (person !== undefined) return { kind: "person", id: await subjectRef(used, person), name: person };
  return { kind: "time", from: time?.from ?? 0, to: time?.to ?? 0 };
}

function holdJson({ operators }: Used, { id, scope, reason, by, atMs, ended }: Hold): JsonObject {
  const nameOf = (ref: string): string => operators.find(ref)?.name ?? ref;
  return {
    id,
    kind: scope.kind,
    ...(scope.kind === "time" ? { from: scope.from, to: scope.to } : { name: scope.name }),
    reason,
    by: nameOf(by),
    at: atMs,
    state: ended === undefined ? "stands" : "ended",
    ...(ended === undefined
      ? {}
      : { ended_by: nameOf(ended.by), ended_at: ended.atMs, ended_reason: ended.reason }),
  };
}

async function erased(
  used: Used,
  wanted: WantedErasure,
  request: Parameters<RetentionPort["erase"]>[1],
): Promise<JsonObject> {
  const { txn, person } = wanted;
  const { retention } = used;
  if (txn !== undefined) {
    const parts = await retention.erase(txn, wanted, request);
    return { txn, parts: [...parts] };
  }
  const subject = await subjectRef(used, person ?? "");
  return { ...(await retention.eraseOf(subject, wanted, request)) };
}

/** Introduces holds and erasure to the admin API. */
export function adminRetention(used: Used): RetentionPort {
  const { holds } = used.retention;
  return {
    holds: () => holds.list().map((hold) => holdJson(used, hold)),
    place: async (wanted, request) =>
      holdJson(
        used,
        await holds.place({ scope: await scopeOf(used, wanted), reason: wanted.reason }, request),
      ),
    end: async (id, reason, request) => holdJson(used, await holds.end(id, reason, request)),
    erase: (wanted, request) => erased(used, wanted, request),
  };
}
