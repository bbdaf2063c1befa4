import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { HELPING, SPENDER, SPENDER_CALLS, WORKER } from "../stage/scene.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { isDone, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";

const ROUNDS = 8;
const WORKERS = 12;

/** Twelve workers under one cap, each inside its own, all at once. */
async function split(context: Context): Promise<void> {
  const { sandbox, tally, upstreams } = context;
  const [spender, worker] = [await sandbox.join(SPENDER), await sandbox.join(WORKER)];
  const mandate = await sandbox.mandate(SPENDER);
  const root = tokenOf(await spender.mint("drill-files", { mandate }));
  tally.needs(root !== "", "the coordinator got no token");
  const tokens = await handOut(context, { spender, worker, root });
  const mark = `notes/storm-${randomText()}`;
  const calls = tokens.flatMap((token, i) =>
    [0, 1].map((turn) =>
      worker.call({
        server: "drill-files",
        tool: "read_note",
        args: { path: `${mark}/${i}/${turn}` },
        token,
      }),
    ),
  );
  const answers = await Promise.all(calls);
  const took = upstreams.effects.filter(({ args }) => String(args["path"]).startsWith(mark)).length;
  const refused = answers.find((answer) => !isDone(answer));
  const why = refused === undefined ? "none refused" : said(refused);
  tally.trial(
    took <= SPENDER_CALLS,
    `${took} of ${calls.length} calls took effect under a cap of ${SPENDER_CALLS}: ${why}`,
  );
  tally.needs(took > 0, "no call took effect at all");
  const last = await spender.call({
    server: "drill-files",
    tool: "read_note",
    args: { path: `${mark}/own` },
    token: root,
  });
  tally.trial(
    took < SPENDER_CALLS || !isDone(last),
    `the coordinator itself, when all is spent: ${said(last)}`,
  );
}

async function handOut(
  { sandbox }: Context,
  { spender, worker, root }: { readonly spender: Agent; readonly worker: Agent; readonly root: string },
): Promise<readonly string[]> {
  const tokens: string[] = [];
  for (let i = 0; i < WORKERS; i++) {
    const handed = tokenOf(await spender.exchange(root, { resource: `${sandbox.issuer}/agents/${WORKER}` }));
    if (handed === "") break;
    tokens.push(
      tokenOf(await worker.exchange(handed, { resource: `${sandbox.issuer}/mcp/drill-files` }, true)),
    );
  }
  return tokens.filter((token) => token !== "");
}

/** Handing on beyond what the authority lets. */
async function deeper({ sandbox, tally }: Context): Promise<void> {
  const [spender, worker] = [await sandbox.join(SPENDER), await sandbox.join(WORKER)];
  const root = tokenOf(await spender.mint("drill-files", { mandate: await sandbox.mandate(SPENDER) }));
  const detail = {
    type: "mcp_tool",
    server: "drill-files",
    tools: ["read_note"],
    data_class: "confidential",
    caps: { calls: 1 },
  };
  const ask = (depth: number) => ({ authorization_details: JSON.stringify([{ ...detail, depth }]) });
  const last = tokenOf(
    await spender.exchange(root, { resource: `${sandbox.issuer}/agents/${WORKER}`, ...ask(0) }),
  );
  const none = tokenOf(await worker.exchange(last, { resource: `${sandbox.issuer}/mcp/drill-files` }, true));
  const on = await worker.exchange(none === "" ? last : none, {
    resource: `${sandbox.issuer}/agents/${HELPING}`,
  });
  tally.trial(tokenOf(on) === "", `handed on where no further hand-off may follow: ${said(on)}`);
  const across = await spender.exchange(root, { resource: `${sandbox.issuer}/agents/${HELPING}` });
  tally.trial(tokenOf(across) === "", `handed to an agent that is none of its own: ${said(across)}`);
}

/** A storm of sub-agents over what all of them may spend together. */
export const dr10: Drill = {
  id: "DR-10",
  name: "Twelve-worker split",
  scenario: { v: 1, rounds: ROUNDS, workers: WORKERS, calls_each: 2, cap: SPENDER_CALLS },
  expected:
    "the calls of all workers together stay within the cap of the task; nothing is handed on beyond depth or edges",
  async run(context) {
    const rounds = roundsFor(context, ROUNDS, 4);
    for (let round = 0; round < rounds && !context.signal.aborted; round++) {
      await split(context);
      await deeper(context);
    }
  },
};
