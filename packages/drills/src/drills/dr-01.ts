import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { STRANGER } from "../stage/scene.ts";
import { Agent, tokenOf } from "../wire/agent.ts";
import { said } from "../wire/http.ts";
import { makeKey } from "../wire/key.ts";
import { textAt } from "../wire/reading.ts";

const RACES = 100;
const IN_SEQUENCE = 10;

async function codeFor({ sandbox }: Context, agent: string): Promise<string> {
  return textAt((await sandbox.admin.send("POST", `/agents/${agent}/join-codes`, {})).body, "code");
}

/** How many of two agents one key got, and can ask for tokens as. */
async function namesOf({ target, sandbox }: Context, one: Agent, other: Agent): Promise<number> {
  const mandate = await target.mandate(sandbox);
  const tokens = [await one.mint(target.server, { mandate }), await other.mint("drill-files")].map(tokenOf);
  return tokens.filter((token) => token !== "").length;
}

async function pair(context: Context, race: boolean): Promise<void> {
  const { sandbox, tally, target } = context;
  const { issuer } = sandbox;
  const key = makeKey();
  const [one, other] = [new Agent(issuer, target.agent, key), new Agent(issuer, STRANGER, key)];
  const codes = [await codeFor(context, target.agent), await codeFor(context, STRANGER)] as const;
  const first = one.enrol(codes[0]);
  if (!race) await first;
  const answers = [await first, await other.enrol(codes[1])];
  const bound = answers.filter(({ status }) => status < 300).length;
  const names = await namesOf(context, one, other);
  const refused = answers.find(({ status }) => status >= 300);
  const how = race ? "both at once" : "one after the other";
  tally.trial(
    bound === 1 && names === 1,
    `${how}: ${bound} bound, tokens as ${names}; ${refused === undefined ? "" : said(refused)}`,
  );
}

async function borrowed({ agent, tally, target, sandbox }: Context): Promise<void> {
  const stranger = await agent(STRANGER);
  const assertion = stranger.assertion({ id: target.agent });
  const answer = await stranger.form(
    { grant_type: "client_credentials", resource: `${sandbox.issuer}/mcp/${target.server}` },
    { assertion },
  );
  tally.trial(tokenOf(answer) === "", `own key, another agent's name: ${said(answer)}`);
}

/** One key under two names. */
export const dr01: Drill = {
  id: "DR-01",
  name: "Two agents, one key",
  scenario: { v: 1, races: RACES, in_sequence: IN_SEQUENCE, also: "an assertion in another agent's name" },
  expected:
    "a key is bound to one agent, whoever asks first; no race binds it twice, and it gets tokens as one agent alone",
  aims: true,
  async run(context) {
    for (let i = 0; i < IN_SEQUENCE && !context.signal.aborted; i++) await pair(context, false);
    const races = roundsFor(context, RACES, 1);
    for (let i = 0; i < races && !context.signal.aborted; i++) await pair(context, true);
    await borrowed(context);
  },
};
