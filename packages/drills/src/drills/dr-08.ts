import { canonicalJson, type JsonObject } from "@narrowgate/kernel";
import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { LEAD, registryOf, WORKER } from "../stage/scene.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { type Answer, isDone, said } from "../wire/http.ts";
import { digestOf, makeKey, randomText, signedText } from "../wire/key.ts";
import { textAt } from "../wire/reading.ts";

const PROVIDER = "https://people.drill.example";
const ROUNDS = 5;

const read: JsonObject = {
  type: "mcp_tool",
  server: "drill-files",
  tools: ["read_public"],
  constraints: { "/path": { prefix: "notes/" } },
  data_class: "confidential",
};
const write: JsonObject = { ...read, tools: ["read_public", "read_note", "write_note"] };

/** People of a provider of this program's own. */
class Provider {
  readonly #key = makeKey();

  /** As the registry has it. */
  get entry(): object {
    const jwk = { ...this.#key.jwk, kid: "drill", alg: "ES256", use: "sig" };
    return {
      issuer: PROVIDER,
      uses: ["subject"],
      audiences: [LEAD],
      groups_claim: "groups",
      jwks: { keys: [jwk] },
    };
  }

  signIn(person: string, groups: readonly string[], nonce: string): string {
    const iat = Math.floor(Date.now() / 1000);
    const claims = {
      iss: PROVIDER,
      sub: person,
      aud: LEAD,
      iat,
      exp: iat + 300,
      nonce,
      jti: randomText(),
      groups,
    };
    return signedText(this.#key, { typ: "JWT", kid: "drill" }, claims);
  }
}

interface House {
  readonly context: Context;
  readonly provider: Provider;
}

async function give({ context, provider }: House, high: JsonObject): Promise<boolean> {
  const entitlements = [
    { group: "low", issuer: PROVIDER, authority: authorityOf(context, read) },
    { group: "high", issuer: PROVIDER, authority: authorityOf(context, high) },
  ];
  const document = { ...registryOf(context.upstreams), issuers: [provider.entry], entitlements };
  const applied = await context.sandbox.apply(document);
  return context.tally.needs(
    applied.status < 300,
    `the mapping of people was not applied: ${applied.text.slice(0, 300)}`,
  );
}

function authorityOf({ sandbox }: Context, detail: JsonObject): JsonObject {
  return {
    authorization_details: [detail],
    resource: [`${sandbox.issuer}/mcp/drill-files`],
    scope: ["drill-files:read", "drill-files:write"],
  };
}

/** A person asks the agent for something: her mandate. */
function asks(
  { context, provider }: House,
  lead: Agent,
  who: { readonly name: string; readonly group: string; readonly wants: JsonObject },
): Promise<Answer> {
  const document = {
    v: 1,
    salt: randomText(),
    agent: LEAD,
    subject: `${PROVIDER}#${who.name}`,
    purpose: "what she may not see",
    authority: authorityOf(context, who.wants),
    expires: Math.floor(Date.now() / 1000) + 3600,
    idleSeconds: 900,
  };
  return lead.mandate(document, provider.signIn(who.name, [who.group], digestOf(canonicalJson(document))));
}

async function write1(agent: Agent, token: string): Promise<Answer> {
  return agent.call({
    server: "drill-files",
    tool: "write_note",
    args: { path: `notes/hers-${randomText()}`, text: "x" },
    token,
  });
}

async function lowAsks(house: House): Promise<void> {
  const { sandbox, tally } = house.context;
  const [lead, worker] = [await sandbox.join(LEAD), await sandbox.join(WORKER)];
  const greedy = await asks(house, lead, { name: "ana", group: "low", wants: write });
  const got = textAt(greedy.body, "mandate");
  const beyond =
    got === "" ? greedy : await write1(lead, tokenOf(await lead.mint("drill-files", { mandate: got })));
  tally.trial(!isDone(beyond), `she asks for what she may not do: ${said(beyond)}`);
  const modest = textAt(
    (await asks(house, lead, { name: "ana", group: "low", wants: read })).body,
    "mandate",
  );
  const token = tokenOf(await lead.mint("drill-files", { mandate: modest }));
  const own = await lead.call({
    server: "drill-files",
    tool: "read_public",
    args: { path: "notes/x" },
    token,
  });
  tally.needs(isDone(own), `what she may do does not go through: ${said(own)}`);
  const more = await write1(lead, token);
  tally.trial(!isDone(more), `the agent may more than she: ${said(more)}`);
  const handed = tokenOf(await lead.exchange(token, { resource: `${sandbox.issuer}/agents/${WORKER}` }));
  const taken = tokenOf(
    await worker.exchange(handed, { resource: `${sandbox.issuer}/mcp/drill-files` }, true),
  );
  const behind = await write1(worker, taken);
  tally.trial(taken !== "" && !isDone(behind), `another agent does it for the first: ${said(behind)}`);
}

async function removed(house: House): Promise<void> {
  const { sandbox, tally } = house.context;
  const lead = await sandbox.join(LEAD);
  const opened = textAt(
    (await asks(house, lead, { name: "bea", group: "high", wants: write })).body,
    "mandate",
  );
  const token = tokenOf(await lead.mint("drill-files", { mandate: opened }));
  const before = await write1(lead, token);
  tally.needs(isDone(before), `who may, could not: ${said(before)}`);
  if (!(await give(house, read))) return;
  const after = await write1(lead, token);
  tally.trial(!isDone(after), `she was removed a moment ago, and her token goes on: ${said(after)}`);
  const minted = await lead.mint("drill-files", { mandate: opened });
  tally.trial(
    tokenOf(minted) === "" || !isDone(await write1(lead, tokenOf(minted))),
    `and asks for another: ${said(minted)}`,
  );
  await give(house, write);
}

/** People who may little ask an agent that may much. */
export const dr08: Drill = {
  id: "DR-08",
  name: "Privilege laundering",
  apart: true,
  scenario: { v: 1, rounds: ROUNDS, paths: ["mandate", "call", "hand-off", "removed person"] },
  expected:
    "what is done for a person is never more than she may do herself, also over several agents and after she was removed",
  simulated: ["the people's identity provider"],
  async run(context) {
    const house = { context, provider: new Provider() };
    if (!(await give(house, write))) return;
    const rounds = roundsFor(context, ROUNDS, 5);
    for (let round = 0; round < rounds && !context.signal.aborted; round++) {
      await lowAsks(house);
      await removed(house);
    }
  },
};
