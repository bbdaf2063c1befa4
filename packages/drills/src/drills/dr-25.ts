import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { WORKER } from "../stage/scene.ts";
import { callOf, OWN_TARGET, type Target, tokenFor, tookEffect } from "../stage/target.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { type Answer, isDone, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";

const ROUNDS = 4;
/** So many copies of an agent work at once, each with a key of its own. */
const COPIES = 4;
const QUIET_MS = 1000;

/** An agent at work, under a name by which its calls can be told. */
interface Working {
  readonly name: string;
  readonly agent: Agent;
  readonly token: string;
}

/** A copy of who is to be stopped, and who works for it. */
async function beginOne(
  { sandbox, tally }: Context,
  target: Target,
  copy: number,
): Promise<readonly Working[]> {
  const lead = await sandbox.join(target.agent);
  const token = await tokenFor(target, sandbox, lead);
  tally.needs(token !== "", "the agent got no token");
  const first = { name: `lead-${copy}`, agent: lead, token };
  // Who a pilot hands work to may not do with that work what the pilot does: the driver's own agents do.
  if (target.isPilot) return [first];
  const worker = await sandbox.join(WORKER);
  const handed = tokenOf(await lead.exchange(token, { resource: `${sandbox.issuer}/agents/${WORKER}` }));
  const resource = `${sandbox.issuer}/mcp/${target.server}`;
  const below = tokenOf(await worker.exchange(handed, { resource }, true));
  tally.needs(below !== "", "no work could be handed on");
  return [first, { name: `worker-${copy}`, agent: worker, token: below }];
}

async function begin(context: Context, target: Target): Promise<readonly Working[]> {
  const copies = Array.from({ length: COPIES }, (_, copy) => beginOne(context, target, copy));
  return (await Promise.all(copies)).flat();
}

/** All work without a pause until they are told to end. */
function keepWorking(working: readonly Working[], target: Target, mark: string): { end(): Promise<void> } {
  let isOn = true;
  const loop = async ({ agent, token, name }: Working): Promise<void> => {
    for (let i = 0; isOn; i++) {
      const answer = await agent.call(callOf(target, `${mark}-${name}-${i}`, token));
      // Who is refused tries on, though not so often that the gate turns it away before it says why.
      await new Promise((resolve) => setTimeout(resolve, isDone(answer) ? 10 : 100));
    }
  };
  const loops = working.map(loop);
  return {
    async end() {
      isOn = false;
      await Promise.all(loops);
    },
  };
}

interface Stopped {
  readonly local: number;
  readonly contained: number;
}

/** A busy machine takes its time until all have done something. */
async function untilAllWork(
  { upstreams }: Context,
  target: Target,
  working: readonly Working[],
  mark: string,
): Promise<void> {
  const works = ({ name }: Working): boolean => tookEffect(upstreams, target, `${mark}-${name}-`).length > 0;
  for (let tries = 0; tries < 200 && !working.every(works); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

/** What was stopped, and how. */
interface Switch {
  readonly how: string;
  readonly target: Target;
  readonly stop: () => Promise<Answer>;
}

/** Pulls the switch while all work, and waits until it is quiet. */
async function pull(context: Context, { how, target, stop }: Switch): Promise<Stopped> {
  const { tally, upstreams } = context;
  const working = await begin(context, target);
  const mark = `stop-${randomText()}`;
  const agents = keepWorking(working, target, mark);
  await untilAllWork(context, target, working, mark);
  const asked = Date.now();
  const stopped = await stop();
  const told = Date.now();
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const tries = working.map(({ agent, token }) => agent.call(callOf(target, `late-${randomText()}`, token)));
  const answers = await Promise.all(tries);
  const contained = Date.now() - asked;
  await agents.end();
  const effects = tookEffect(upstreams, target, mark);
  const last = Math.max(asked, ...effects);
  tally.needs(
    effects.some((atMs) => atMs < asked),
    "nobody worked when it was stopped",
  );
  tally.needs(stopped.status < 300, `the switch did not work: ${said(stopped)}`);
  // What was let through before the switch may still be on its way to the server behind; nothing is after that.
  const isQuiet = last <= told + QUIET_MS;
  for (const [i, answer] of answers.entries()) {
    const isLead = working[i]?.agent.id === target.agent;
    const who = isLead ? "the agent itself" : "who works for it";
    tally.trial(!isDone(answer) && isQuiet, `${how}, ${who}: ${said(answer)}`);
  }
  return { local: last - asked, contained };
}

async function contain(context: Context, target: Target): Promise<Stopped> {
  const { sandbox, tally } = context;
  const { admin } = sandbox;
  const name = encodeURIComponent(target.agent);
  const figures = await pull(context, {
    how: target.isPilot ? "the pilot is contained" : "one agent is contained",
    target,
    stop: () => admin.send("POST", `/contain/${name}`, { reason: "a drill" }),
  });
  const kept = await admin.send("POST", `/agents/${name}/join-codes`, {});
  tally.trial(kept.status >= 400, `a contained agent is given no new copy: ${said(kept)}`);
  const again = await admin.send("POST", `/agents/${name}/activate`, { reason: "a drill" });
  tally.needs(again.status < 300, `a person cannot let it work again: ${said(again)}`);
  return figures;
}

/** Pulls each switch once. */
async function pullEach(context: Context, target: Target): Promise<readonly Stopped[]> {
  const { admin } = context.sandbox;
  const all = { kind: "all", id: "all", reason: "a drill" };
  return [
    await contain(context, target),
    await pull(context, {
      how: "everything is revoked",
      target,
      stop: () => admin.send("POST", "/revocations", all),
    }),
  ];
}

/** The switch is pulled at peak. */
export const dr25: Drill = {
  id: "DR-25",
  name: "Kill switch",
  scenario: {
    v: 2,
    rounds: ROUNDS,
    copies: COPIES,
    switches: ["contain an agent", "revoke all"],
    quiet_ms: QUIET_MS,
  },
  expected:
    "when it was told, nothing of the agent or of who works for it takes effect; it works again by a person's word alone",
  aims: true,
  async run(context) {
    const { tally, signal, target } = context;
    const seen: Stopped[] = [];
    const rounds = roundsFor(context, ROUNDS, 2 * COPIES);
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      // The pilot, and then who hands work on: both have to stop.
      const isOwnTurn = target.isPilot && round % 2 === 1 && context.ownCanWork;
      seen.push(...(await pullEach(context, isOwnTurn ? OWN_TARGET : target)));
    }
    if (seen.length === 0) return;
    tally.figures["local_stop_ms"] = Math.max(...seen.map(({ local }) => local));
    tally.figures["contained_ms"] = Math.max(...seen.map(({ contained }) => contained));
    tally.figures["waited_ms"] = QUIET_MS;
  },
};
