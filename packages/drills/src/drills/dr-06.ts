import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { HELPING, LEAD, STRANGER, WORKER } from "../stage/scene.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { type Answer, isDone, said } from "../wire/http.ts";
import { encode, makeKey, signedText } from "../wire/key.ts";
import { at, claimsOf, objectOf } from "../wire/reading.ts";

const ROUNDS = 6;

interface Task {
  readonly root: string;
  /** Made by the lead for the worker, not used yet. */
  readonly handed: string;
  readonly another: string;
}

interface Actors {
  readonly lead: Agent;
  readonly worker: Agent;
  readonly second: Agent;
  readonly stranger: Agent;
}

async function taskOf({ sandbox }: Context, lead: Agent): Promise<Task> {
  const root = tokenOf(await lead.mint("drill-files", { mandate: await sandbox.mandate(LEAD) }));
  const hand = async (): Promise<string> =>
    tokenOf(await lead.exchange(root, { resource: `${sandbox.issuer}/agents/${WORKER}` }));
  return { root, handed: await hand(), another: await hand() };
}

/** Chains that nobody made: dropped, reordered, invented and joined hops. */
function forgeries(token: string, other: string): readonly (readonly [string, string])[] {
  const claims = claimsOf(token);
  const act = objectOf(claims["act"]);
  const key = makeKey();
  const shapes: readonly (readonly [string, object])[] = [
    ["a hop dropped", { act: act["act"] }],
    ["hops reordered", { act: { ...objectOf(act["act"]), act: { ...act, act: undefined } } }],
    [
      "a hop invented",
      { act: { ...act, act: { sub: `${textOf(claims["iss"])}/agents/${STRANGER}`, act: act["act"] } } },
    ],
    ["the chain of another task", { act: claimsOf(other)["act"], txn: claimsOf(other)["txn"] }],
    ["no chain", { act: undefined }],
  ];
  return shapes.flatMap(([says, change]) => {
    const [head = "", , signature = ""] = token.split(".");
    const kept = `${head}.${encode(JSON.stringify({ ...claims, ...change }))}.${signature}`;
    const own = signedText(key, { typ: "at+jwt", kid: key.jkt }, { ...claims, ...change });
    return [[`${says}, old signature`, kept] as const, [`${says}, own signature`, own] as const];
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

async function stealHandOffs(
  { sandbox, tally }: Context,
  { lead, worker, second, stranger }: Actors,
  task: Task,
): Promise<string> {
  const resource = `${sandbox.issuer}/mcp/drill-files`;
  const refused = (says: string, answer: Answer): void =>
    tally.trial(tokenOf(answer) === "", `${says}: ${said(answer)}`);
  refused("a stranger takes a hand-off", await stranger.exchange(task.handed, { resource }, true));
  refused("a later agent takes an earlier hand-off", await second.exchange(task.handed, { resource }, true));
  refused("its maker takes it back", await lead.exchange(task.handed, { resource }));
  refused("it is used without saying who acts", await worker.exchange(task.handed, { resource }));
  refused("a root token is taken over", await worker.exchange(task.root, { resource }, true));
  const good = await worker.exchange(task.handed, { resource }, true);
  tally.needs(tokenOf(good) !== "", `the honest hand-off did not go through: ${said(good)}`);
  refused("a hand-off is used twice", await worker.exchange(task.handed, { resource }, true));
  const bySender = {
    actor_token: lead.assertion(),
    actor_token_type: "urn:ietf:params:oauth:token-type:jwt",
  };
  refused("somebody else is named as actor", await worker.exchange(task.another, { resource, ...bySender }));
  const back = `${sandbox.issuer}/agents/${LEAD}`;
  refused("work goes back against the edge", await worker.exchange(tokenOf(good), { resource: back }));
  return tokenOf(good);
}

async function splice(context: Context, actors: Actors): Promise<void> {
  const { sandbox, tally, upstreams } = context;
  const [one, other] = [await taskOf(context, actors.lead), await taskOf(context, actors.lead)];
  const token = await stealHandOffs(context, actors, one);
  const { act, sub } = claimsOf(token);
  // A task of the lead's own has the lead as its subject, and no hop for it.
  const isTrue = textOf(at(act, "sub")) === WORKER && textOf(sub) === LEAD && at(act, "act") === undefined;
  tally.trial(isTrue, "the valid chain: the lead's task, the worker acts");
  const call = { server: "drill-files", tool: "read_note", args: { path: "notes/chain" } };
  tally.needs(isDone(await actors.worker.call({ ...call, token })), "the valid chain does not work");
  for (const [says, forged] of forgeries(token, other.handed)) {
    const before = upstreams.effects.length;
    const path = `notes/spliced-${encode(says)}`;
    const called = await actors.worker.call({ ...call, args: { path }, token: forged });
    const took = upstreams.effects.slice(before).some(({ args }) => args["path"] === path);
    tally.trial(!isDone(called) && !took, `${says}, at the gate: ${said(called)}`);
    const traded = await actors.worker.exchange(forged, { resource: `${sandbox.issuer}/mcp/drill-files` });
    tally.trial(tokenOf(traded) === "", `${says}, at the token endpoint: ${said(traded)}`);
  }
}

/** Chains of actors, cut and joined. */
export const dr06: Drill = {
  id: "DR-06",
  name: "Chain splice",
  scenario: {
    v: 1,
    rounds: ROUNDS,
    hand_offs: "taken by others, twice, back, from the root",
    forged: "dropped, reordered, invented, joined, none",
  },
  expected:
    "each is refused at the gate and at the token endpoint; the valid chain goes on and names who really acted",
  async run(context) {
    const { sandbox, signal } = context;
    const rounds = roundsFor(context, ROUNDS, 29);
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      const [lead, worker] = [await sandbox.join(LEAD), await sandbox.join(WORKER)];
      await splice(context, {
        lead,
        worker,
        second: await sandbox.join(HELPING),
        stranger: await sandbox.join(STRANGER),
      });
    }
  },
};
