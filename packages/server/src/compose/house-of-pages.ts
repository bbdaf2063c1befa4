import type { HouseOverview } from "@narrowgate/contracts";
import { refusedLately } from "../evidence/export/refused-lately.ts";
import type { HousePorts } from "../pages/index.ts";
import type { SignInSite } from "../people/index.ts";
import type { Instance } from "./instance.ts";

function overviewOf({ config, evidence, registry, mandates, witnesses }: Instance): HouseOverview {
  const { published, witnessed } = evidence.publisher;
  const count = (state: string): number =>
    registry.agents().reduce((sum, agent) => (agent.state === state ? sum + 1 : sum), 0);
  return {
    environment: config.environment,
    agents: { active: count("active"), suspended: count("suspended") },
    mandatesOpen: mandates.list().length,
    policy: registry.policy().state,
    log: { size: evidence.durable.size, published: published?.size ?? 0, witnessed: witnessed?.size ?? 0 },
    witnesses: witnesses.port.list().map(({ name, last, behind }) => ({ name, last, behind })),
  };
}

async function refusalsOf({ evidence }: Instance, limit: number): ReturnType<HousePorts["refusals"]> {
  const found = await refusedLately(evidence.store, limit);
  const [newest, oldest] = [found[0], found.at(-1)];
  if (newest === undefined || oldest === undefined) return undefined;
  const content = found.flatMap(({ leaf: { id, txn, at, body } }) => {
    const { action, code } = body;
    if (code === undefined) return [];
    return [{ entry: id, atMs: at, action, code, ...(txn === undefined ? {} : { txn: txn.id }) }];
  });
  return { from: oldest.index, count: newest.index - oldest.index + 1, content };
}

/** What the console shows of this instance beside its evidence. */
export function houseOf(instance: Instance, signIn?: Pick<SignInSite, "signedIn">): HousePorts {
  return {
    overview: () => overviewOf(instance),
    waitingCalls: () => instance.approvals?.list().map(({ txn: _txn, purpose: _purpose, ...shown }) => shown),
    isApprover: (cookie) => signIn?.signedIn(cookie)?.person.roles.includes("approver") === true,
    refusals: (limit) => refusalsOf(instance, limit),
  };
}
