import type { RevocationListener, StateReader } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import type { Config } from "../config/config.ts";
import { type Containment, openContainment } from "../containment/containment.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { openEvidence } from "../evidence/open-evidence.ts";
import type { KeyCustody } from "../platform/keys/custody.ts";
import { openFileCustody } from "../platform/keys/file-custody.ts";
import type { Store } from "../platform/store/store.ts";
import { type Overlays, openOverlays } from "../policy-bundles/index.ts";
import { createKeptPolicies } from "./kept-policies.ts";
import { openStore } from "./open-store.ts";
import { openWatching, type Watching, watchStore } from "./open-watching.ts";
import { createPoliciesInForce, type PoliciesInForce } from "./policies-in-force.ts";
import type { Report } from "./report.ts";
import { stateReader } from "./state-reader.ts";
import { openShadow } from "./watch-decisions.ts";
import { openWitnesses, type WitnessList } from "./witness-list.ts";

/** What every room stands on: store, keys, evidence, revocations, and the decision engine. */
export interface Foundation {
  readonly config: Config;
  readonly clock: Clock;
  readonly report: Report;
  readonly store: Store;
  readonly custody: KeyCustody;
  readonly state: StateReader;
  readonly evidence: Evidence;
  readonly witnesses: WitnessList;
  readonly policies: PoliciesInForce;
  /** What one responder forbids over all policies. */
  readonly overlays: Overlays;
  readonly containment: Containment;
  /** Rooms that end live work below what is revoked; filled as they open. */
  readonly listeners: RevocationListener[];
  /** Absent: neither metrics nor traces are configured. */
  readonly watching: Watching | undefined;
}

/** Opens the foundation. ORDER: epochs are loaded before any room can let anything through. */
export async function openFoundation(config: Config, told: Report, clock: Clock): Promise<Foundation> {
  const custody = await openFileCustody(`${config.dataDirectory}/keys`);
  const watching = await openWatching(config, told, clock);
  const opened = await openStore(config);
  const store = watching === undefined ? opened : watchStore(opened, watching.telemetry);
  const report = watching?.report ?? told;
  try {
    return await layFoundation({ config, report, clock, custody, store, watching });
  } catch (error) {
    // Else the store stays locked for whoever tries again in this process.
    await store.close();
    throw error;
  }
}

async function layFoundation(
  base: Pick<Foundation, "config" | "report" | "clock" | "custody" | "store" | "watching">,
): Promise<Foundation> {
  const { config, report, clock, custody, store, watching } = base;
  const engine = createNodeEngine();
  const setup = {
    store,
    custody,
    clock,
    anchorPath: config.anchorFile,
    onFatal: (cause: unknown) =>
      report({ kind: "fatal", detail: "evidence cannot be written any more; restart to recover", cause }),
    onClockBehind: (ms: number) =>
      report({ kind: "clock", detail: `the clock stands ${ms} ms before the newest leaf` }),
    ...(watching === undefined ? {} : { onRecorded: watching.telemetry.group }),
  };
  const { evidence } = await openEvidence(setup, engine.procedureDigest);
  try {
    const state = stateReader(store);
    const listeners: RevocationListener[] = [];
    const containment = await openContainment({ evidence, state, listeners });
    const witnesses = await openWitnesses(evidence, state, config.witnesses);
    const overlays = await openOverlays({ clock, evidence, state });
    const policies = createPoliciesInForce(
      engine,
      openShadow(clock),
      createKeptPolicies(engine, state),
      overlays,
    );
    return { ...base, state, evidence, witnesses, overlays, policies, containment, listeners };
  } catch (error) {
    await evidence.close();
    throw error;
  }
}

/** Ends the log in order and lets go of the store. */
export async function closeFoundation({ evidence, witnesses, store, watching }: Foundation): Promise<void> {
  await evidence.close();
  await witnesses.witnessing.settled();
  await store.close();
  await watching?.telemetry.close();
}
