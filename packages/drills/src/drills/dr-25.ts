import type { Context, Drill } from "../run/drill.ts";
import { LEAD, WORKER } from "../stage/scene.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { type Answer, isDone, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";

const ROUNDS = 4;
const QUIET_MS = 1000;

interface Working {
  readonly lead: Agent;
  readonly worker: Agent;
  readonly token: string;
  /** Of the worker, handed on by the lead. */
  readonly below: string;
}

async function begin({ sandbox, tally }: Context): Promise<Working> {
  const [lead, worker] = [await sandbox.join(LEAD), await sandbox.join(WORKER)];
  const token = tokenOf(await lead.mint("drill-files", { mandate: await sandbox.mandate(LEAD) }));
  const handed = tokenOf(await lead.exchange(token, { resource: `${sandbox.issuer}/agents/${WORKER}` }));
  const below = tokenOf(
    await worker.exchange(handed, { resource: `${sandbox.issuer}/mcp/drill-files` }, true),
  );
  tally.needs(below !== "", "no work could be handed on");
  return { lead, worker, token, below };
}

/** Both agents work without a pause until they are told to end. */
function keepWorking({ lead, worker, token, below }: Working, mark: string): { end(): Promise<void> } {
  let isOn = true;
  const loop = async (agent: Agent, own: string, name: string): Promise<void> => {
    for (let i = 0; isOn; i++) {
      const answer = await agent.call({
        server: "drill-files",
        tool: "write_note",
        args: { path: `${mark}/${name}/${i}`, text: "x" },
        token: own,
      });
      // Who is refused tries on, though not so often that the gate turns it away before it says why.
      await new Promise((resolve) => setTimeout(resolve, isDone(answer) ? 10 : 100));
    }
  };
  const loops = [loop(lead, token, "lead"), loop(worker, below, "worker")];
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

/** A busy machine takes its time until both agents have done something. */
async function untilBothWork({ upstreams }: Context, mark: string): Promise<void> {
  const works = (name: string): boolean =>
    upstreams.effects.some(({ args }) => String(args["path"]).startsWith(`${mark}/${name}/`));
  for (let tries = 0; tries < 200 && !(works("lead") && works("worker")); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Pulls the switch while all work, and waits until it is quiet. */
async function pull(context: Context, how: string, stop: () => Promise<Answer>): Promise<Stopped> {
  const { tally, upstreams } = context;
  const working = await begin(context);
  const mark = `notes/stop-${randomText()}`;
  const agents = keepWorking(working, mark);
  await untilBothWork(context, mark);
  const asked = Date.now();
  const stopped = await stop();
  const told = Date.now();
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const own = await working.lead.call({
    server: "drill-files",
    tool: "read_public",
    args: { path: "notes/x" },
    token: working.token,
  });
  const below = await working.worker.call({
    server: "drill-files",
    tool: "read_public",
    args: { path: "notes/x" },
    token: working.below,
  });
  const contained = Date.now() - asked;
  await agents.end();
  const effects = upstreams.effects.filter(({ args }) => String(args["path"]).startsWith(mark));
  const last = Math.max(asked, ...effects.map(({ atMs }) => atMs));
  tally.needs(
    effects.some(({ atMs }) => atMs < asked),
    "nobody worked when it was stopped",
  );
  tally.needs(stopped.status < 300, `the switch did not work: ${said(stopped)}`);
  tally.trial(!isDone(own) && last <= told + QUIET_MS, `${how}, the agent itself: ${said(own)}`);
  tally.trial(!isDone(below), `${how}, who works for it: ${said(below)}`);
  return { local: last - asked, contained };
}

async function agent(context: Context): Promise<Stopped> {
  const { sandbox, tally } = context;
  const figures = await pull(context, "one agent is contained", () =>
    sandbox.admin.send("POST", `/contain/${LEAD}`, { reason: "a drill" }),
  );
  const kept = await sandbox.admin.send("POST", `/agents/${LEAD}/join-codes`, {});
  tally.trial(kept.status >= 400, `a contained agent is given no new copy: ${said(kept)}`);
  const again = await sandbox.admin.send("POST", `/agents/${LEAD}/activate`, { reason: "a drill" });
  tally.needs(again.status < 300, `a person cannot let it work again: ${said(again)}`);
  return figures;
}

/** The switch is pulled at peak. */
export const dr25: Drill = {
  id: "DR-25",
  name: "Kill switch",
  scenario: { v: 1, rounds: ROUNDS, switches: ["contain an agent", "revoke all"], quiet_ms: QUIET_MS },
  expected:
    "when it was told, nothing of the agent or of who works for it takes effect; it works again by a person's word alone",
  alone: true,
  async run(context) {
    const { sandbox, tally, signal } = context;
    const seen: Stopped[] = [];
    for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
      seen.push(await agent(context));
      seen.push(
        await pull(context, "everything is revoked", () =>
          sandbox.admin.send("POST", "/revocations", { kind: "all", id: "all", reason: "a drill" }),
        ),
      );
    }
    if (seen.length === 0) return;
    tally.figures["local_stop_ms"] = Math.max(...seen.map(({ local }) => local));
    tally.figures["contained_ms"] = Math.max(...seen.map(({ contained }) => contained));
    tally.figures["waited_ms"] = QUIET_MS;
  },
};
