import type { Evidence } from "../evidence/evidence.ts";
import { entryById } from "../evidence/export/assurance-entries.ts";
import { partsLeft, transactionFacts, transactionsBefore } from "../evidence/recorded-work.ts";
import type { Store } from "../platform/store/store.ts";
import type { Registry } from "../registry/registry.ts";
import {
  type RecordedWork,
  Retention,
  type RetentionPorts,
  type RetentionRules,
} from "../retention/index.ts";
import type { Foundation } from "./open-foundation.ts";

function recordedWork(evidence: Evidence): RecordedWork {
  const { store } = evidence;
  return {
    about: (txn) => transactionFacts(store, txn),
    left: (txn, parts) => partsLeft(store, txn, parts),
    async *endedBefore(ms) {
      for await (const { id, lastMs, state } of transactionsBefore(store, ms))
        if (state === "closed" && lastMs !== null) yield { id, lastMs };
    },
    async erase(order) {
      await (await evidence.erase(order)).durable;
    },
  };
}

type Settings = Pick<Registry, "settings" | "settingsEntry">;

/** Days that parts are kept after the end of their transaction, as settings say; one that is absent is kept for good. */
export function keptDays(registry: Pick<Registry, "settings">): RetentionRules["days"] {
  const {
    retainContentDays: content,
    retainInputsDays: inputs,
    retainProofDays: proof,
  } = registry.settings();
  return {
    ...(content === undefined ? {} : { content }),
    ...(inputs === undefined ? {} : { inputs }),
    ...(proof === undefined ? {} : { proof }),
  };
}

/** How long settings say that parts are kept, and who signed them. */
function rulesOf(store: Store, registry: Settings): RetentionPorts["rules"] {
  return async () => {
    const days = keptDays(registry);
    const entry = registry.settingsEntry();
    if (entry === undefined || Object.keys(days).length === 0) return undefined;
    const found = await entryById(store, entry, undefined);
    return found?.leaf.type === "registry" ? { operator: found.leaf.body.operator, days } : undefined;
  };
}

/** Opens holds, erasure and retention. */
export function openRetention(
  { clock, evidence, state }: Foundation,
  registry: Settings,
): Promise<Retention> {
  return Retention.open({
    clock,
    evidence,
    state,
    work: recordedWork(evidence),
    rules: rulesOf(evidence.store, registry),
  });
}
