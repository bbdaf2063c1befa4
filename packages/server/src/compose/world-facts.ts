import type { RetentionFacts, World } from "@narrowgate/assurance";
import { isNarrowgateError } from "@narrowgate/kernel";
import type { CompiledPolicies } from "@narrowgate/policy";
import type { Noticed, OwnFacts } from "../assurance/evaluate/index.ts";
import type { Operators } from "../operators/operators.ts";
import type { People } from "../people/index.ts";
import type { Registry } from "../registry/registry.ts";
import type { Retention } from "../retention/index.ts";
import { peopleBehind } from "./author-facts.ts";
import { gateFacts } from "./gate-facts.ts";
import { headFacts } from "./head-facts.ts";
import type { Foundation } from "./open-foundation.ts";
import { keptDays } from "./open-retention.ts";
import { ownTrust } from "./own-trust.ts";
import type { PoliciesInForce } from "./policies-in-force.ts";
import { Replayer, type ReplayPorts } from "./replay-facts.ts";
import { RetentionTest } from "./retention-facts.ts";

/** What stands in the plane beside the log, gathered at each evaluation. */
export type GatheredFacts = Pick<World, "authors" | "gate" | "heads" | "replay" | "retention">;

/** Who else knows something. */
export interface FactRooms {
  readonly registry: Pick<Registry, "issuers" | "settings">;
  readonly operators: Pick<Operators, "find">;
  readonly people: Pick<People, "list">;
  readonly retention: Pick<Retention, "holds">;
}

/** How long an evaluation waits for witnesses to cosign the head it speaks of. */
const WITNESS_WAIT_MS = 1000;

function inForce(policies: PoliciesInForce): CompiledPolicies | undefined {
  try {
    return policies.current().compiled;
  } catch (error) {
    if (isNarrowgateError(error) && error.code === "policy_missing") return undefined;
    throw error;
  }
}

function settledSoon(settled: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, WITNESS_WAIT_MS);
  return Promise.race([settled, promise]).finally(() => clearTimeout(timer));
}

/** Gathers facts. */
export type GatherFacts = (
  own: OwnFacts,
  noticed: Noticed,
  judged: Pick<World, "window" | "release">,
) => Promise<GatheredFacts>;

/** What verifies recorded transactions again, and remembers what it verified. */
export function openReplayer(
  base: Foundation,
  { registry }: Pick<FactRooms, "registry">,
  verify: ReplayPorts["verify"],
): Replayer {
  const { clock, evidence } = base;
  return new Replayer({ evidence, clock, trust: () => ownTrust(base, registry), verify });
}

/** Makes what gathers facts. */
export function openFacts(base: Foundation, rooms: FactRooms, replayer: Replayer): GatherFacts {
  const { clock, evidence, policies, witnesses } = base;
  const { registry, retention } = rooms;
  const days = (): RetentionFacts["days"] => keptDays(registry);
  const test = new RetentionTest({ clock, evidence, days, holds: () => retention.holds.list() });
  return async (own, { writersOf, transactionsIn, holds }, { window, release }) => {
    const replay = await replayer.facts(await transactionsIn(window));
    await settledSoon(witnesses.witnessing.settled());
    const keys = witnesses.port.list().map(({ key }) => key);
    const wrote = await writersOf(release);
    const names = wrote.flatMap((ref) => rooms.operators.find(ref)?.name ?? []);
    return {
      authors: peopleBehind(rooms.people, names),
      gate: gateFacts(inForce(policies)),
      heads: await headFacts(evidence, keys, own.log),
      retention: await test.facts(own.log, await holds()),
      ...(replay === undefined ? {} : { replay }),
    };
  };
}
