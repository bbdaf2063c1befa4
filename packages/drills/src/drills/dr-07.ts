import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { LEAD, WORKER } from "../stage/scene.ts";
import { tokenOf } from "../wire/agent.ts";
import { isDone, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";
import { claimsOf, textAt } from "../wire/reading.ts";

const ROUNDS = 6;
const ELSEWHERE: readonly (readonly [string, string, object])[] = [
  ["drill-store", "recall", { name: "x" }],
  ["drill-mail", "send", { to: "a@b.example", text: "x" }],
  ["drill-pay", "pay", { amount_minor: 1, currency: "EUR", to: "x", mark: "x" }],
];

async function misuse({ sandbox, tally, upstreams }: Context): Promise<void> {
  const lead = await sandbox.join(LEAD);
  const minted = await lead.mint("drill-files", { mandate: await sandbox.mandate(LEAD) });
  const token = tokenOf(minted);
  const mark = `notes/own-${randomText()}`;
  const call = { server: "drill-files", tool: "read_note", args: { path: mark }, token };
  tally.needs(isDone(await lead.call(call)), "the agent's own call did not go through");
  for (const [server, tool, args] of ELSEWHERE) {
    const before = upstreams.effects.filter((one) => one.server === server).length;
    const answer = await lead.call({ server, tool, args, token });
    const took = upstreams.effects.filter((one) => one.server === server).length > before;
    tally.trial(!isDone(answer) && !took, `a token for drill-files at ${server}: ${said(answer)}`);
  }
  const handed = tokenOf(await lead.exchange(token, { resource: `${sandbox.issuer}/agents/${WORKER}` }));
  const used = await lead.call({ ...call, token: handed });
  tally.trial(handed !== "" && !isDone(used), `a hand-off token at a tool: ${said(used)}`);
  for (const resource of [
    "https://bank.example/api",
    `${sandbox.issuer}/token`,
    `${sandbox.issuer}/mcp/none`,
  ]) {
    const answer = await lead.exchange(token, { resource });
    const name = resource.replace(sandbox.issuer, "");
    tally.trial(tokenOf(answer) === "", `exchanged for ${name}: ${said(answer)}`);
  }
  const arrived = upstreams.effects.find(({ args }) => args["path"] === mark);
  const passed = arrived?.headers.filter((name) => ["authorization", "dpop", "cookie"].includes(name)) ?? [
    "nothing arrived",
  ];
  tally.trial(
    passed.length === 0,
    `what the server behind the gate is given to forward: ${passed.join(", ") || "no credential"}`,
  );
  const again = tokenOf(await lead.mint("drill-files"));
  const [one, other] = [token, again].map((text) => textAt(claimsOf(text), "jti"));
  tally.trial(one !== "" && one !== other, "each token has an id of its own");
}

/** Tokens used where they are not for. */
export const dr07: Drill = {
  id: "DR-07",
  name: "Confused deputy",
  scenario: {
    v: 1,
    rounds: ROUNDS,
    at: ELSEWHERE.map(([server]) => server),
    exchanged_for: ["elsewhere", "/token", "/mcp/none"],
  },
  expected:
    "a token works at its one audience alone, cannot be exchanged for another, and never reaches the server behind the gate",
  async run(context) {
    const rounds = roundsFor(context, ROUNDS, 9);
    for (let round = 0; round < rounds && !context.signal.aborted; round++) await misuse(context);
  },
};
