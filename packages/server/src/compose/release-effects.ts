import type { ReleaseEffects } from "@narrowgate/contracts";
import type { EffectsPort } from "../admin/ports/releases-port.ts";
import { type DispatchedCall, dispatchedCalls } from "../evidence/export/dispatched-calls.ts";
import { OpeningReader } from "../evidence/openings.ts";
import { recordReading } from "../evidence/record-reading.ts";
import { auditorOf } from "./auditor-of.ts";
import type { Instance } from "./instance.ts";

/** What a release did, and the leaves that were read for it. */
export interface ReadEffects {
  readonly effects: ReleaseEffects;
  readonly from: number;
  readonly count: number;
}

/**
 * Calls under a release that changed something where they went, newest first: what has to be looked at when it is taken
 * out of force, since nothing here undoes a call.
 * Trust: tells what mandates were for; the caller has authenticated an auditor and records the reading (E-2).
 * @param id - of a proposal, or the digest of its deployment. @throws `not_found`
 */
export async function effectsOf(
  { evidence: { store, custody }, registry, releases }: Instance,
  id: string,
): Promise<ReadEffects> {
  const { agent, deployment, calls } = await releases.changed(id);
  const indexes = calls.newest.map(({ dispatch }) => dispatch);
  const told = await dispatchedCalls(store, new OpeningReader(store, custody.keyEncryption), indexes);
  const byIndex = new Map(told.map((one): readonly [number, DispatchedCall] => [one.index, one]));
  const names = new Map(registry.agents().map(({ ref, id: name }) => [ref, name]));
  const lines = calls.newest.flatMap(({ dispatch, server, kind, name, effect, egress }) => {
    const call = byIndex.get(dispatch);
    if (call === undefined) return [];
    const { entry, txn, atMs, outcome, purpose } = call;
    return [
      {
        entry,
        txn,
        at: atMs,
        server,
        operation: `${kind} ${name}`,
        effect: effect === "irreversible" ? ("irreversible" as const) : ("reversible" as const),
        egress,
        outcome,
        agent: names.get(call.agent ?? "") ?? agent,
        ...(purpose === undefined ? {} : { purpose }),
      },
    ];
  });
  const { total, isMore } = calls;
  return {
    effects: { agent, deployment, total, is_more: isMore, calls: lines },
    from: indexes.length === 0 ? 0 : Math.min(...indexes),
    count: lines.length,
  };
}

/** For the admin API; that it was read goes on record. */
export function effectsPort(instance: Instance): EffectsPort {
  return {
    async of(id, request) {
      const { effects, from, count } = await effectsOf(instance, id);
      if (count > 0) await recordReading(instance.evidence, { from, count }, auditorOf(request));
      return effects;
    },
  };
}
