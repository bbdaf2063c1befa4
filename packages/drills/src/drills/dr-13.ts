import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import type { Sandbox } from "../stage/sandbox.ts";
import { LEAD, registryOf, STRANGER } from "../stage/scene.ts";
import { operatorSignature, overSocket } from "../wire/admin.ts";
import { type Answer, said } from "../wire/http.ts";
import { type Key, makeKey } from "../wire/key.ts";
import { textAt } from "../wire/reading.ts";

const PATH = "/registry/apply";
const ROUNDS = 8;

/** Policies that let too much through, each in another way. */
const LOOSE = [
  "permit (principal, action, resource);",
  'permit (principal, action == Action::"call_tool", resource);',
  `permit (principal == Agent::"${STRANGER}", action, resource);`,
  "permit (principal, action, resource) when { context.depth >= 0 };",
];

/** What is pushed: another policy in each round. */
function pushed(round: number): { readonly document: object; readonly files: readonly object[] } {
  const [first = ""] = LOOSE;
  const text = `@id("loose-${round}") @reason("anybody, anything") ${LOOSE[round % LOOSE.length] ?? first}`;
  return { document: { policies: ["**/*"] }, files: [{ name: "loose.cedar", text }] };
}

async function inForce({ admin }: Sandbox): Promise<string> {
  return textAt((await admin.read("/status")).body, "policy", "digest");
}

async function push(
  context: Context,
  sandbox: Sandbox,
  way: string,
  send: () => Promise<Answer>,
): Promise<void> {
  const before = await inForce(sandbox);
  const answer = await send();
  const isSame = (await inForce(sandbox)) === before;
  context.tally.trial(isSame && answer.status >= 400, `${way}: ${said(answer)}`);
}

async function forge(context: Context, round: number): Promise<void> {
  const { sandbox, agent } = context;
  const { socket, issuer, admin } = sandbox;
  const body = pushed(round);
  const text = JSON.stringify(body);
  const post = (headers: Readonly<Record<string, string>>): Promise<Answer> =>
    overSocket({ socket, method: "POST", path: PATH, body: text, headers });
  const signed = (key: Key, more: object = {}): Readonly<Record<string, string>> => {
    const asked = { method: "POST", path: PATH, body: text, origin: issuer, ...more };
    return { "narrowgate-operator": operatorSignature(key, asked) };
  };
  const lead = await agent(LEAD);
  const honest = signed(makeKey())["narrowgate-operator"] ?? "";
  const unsigned = `${honest.split(".").slice(0, 2).join(".")}.`;
  await push(context, sandbox, "unsigned", () => post({}));
  await push(context, sandbox, "without its signature", () => post({ "narrowgate-operator": unsigned }));
  await push(context, sandbox, "signed by nobody's key", () => post(signed(makeKey())));
  await push(context, sandbox, "signed by an agent's key", () => post(signed(lead.key)));
  await push(context, sandbox, "by an agent's key, for another instance", () =>
    post(signed(lead.key, { origin: "https://gate.example" })),
  );
  await push(context, sandbox, "by nobody's key, as an operator sends it", () =>
    admin.forge({ method: "POST", path: PATH, body, key: makeKey() }),
  );
}

/** In production one operator alone brings no policy into force. */
async function alone(context: Context, prod: Sandbox, round: number): Promise<void> {
  const { files } = pushed(round);
  const document = registryOf(context.upstreams);
  const send = () => prod.admin.send("POST", PATH, { document: { ...document }, files });
  await push(context, prod, "in production, by one operator", send);
  await push(context, prod, "in production, by the same operator again", send);
}

/** Policies that must not come into force. */
export const dr13: Drill = {
  id: "DR-13",
  name: "Bad policy push",
  scenario: {
    v: 2,
    rounds: ROUNDS,
    policies: LOOSE,
    ways: ["unsigned", "cut off", "nobody's key, twice", "agent's key, twice", "one operator in prod, twice"],
  },
  expected: "nothing of it comes into force; the policies that were in force stay",
  async run(context) {
    const prod = await context.another({ environment: "prod", bare: true });
    const rounds = roundsFor(context, ROUNDS, 8);
    for (let round = 0; round < rounds && !context.signal.aborted; round++) {
      await forge(context, round);
      await alone(context, prod, round);
    }
    context.tally.note(
      "not tried: a copy of the policies at another gate; there is one process on one store",
    );
  },
};
