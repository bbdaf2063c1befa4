import type { Context, Drill } from "../run/drill.ts";
import type { Sandbox } from "../stage/sandbox.ts";
import { LEAD, registryOf } from "../stage/scene.ts";
import { operatorSignature, overSocket } from "../wire/admin.ts";
import { type Answer, said } from "../wire/http.ts";
import { makeKey } from "../wire/key.ts";
import { textAt } from "../wire/reading.ts";

const LOOSE = `@id("loose") @reason("anybody, anything") permit (principal, action, resource);`;
const PATH = "/registry/apply";

const body = { document: { policies: ["**/*"] }, files: [{ name: "loose.cedar", text: LOOSE }] };

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

async function forge(context: Context): Promise<void> {
  const { sandbox, agent } = context;
  const { socket, issuer, admin } = sandbox;
  const text = JSON.stringify(body);
  const post = (headers: Readonly<Record<string, string>>, sent = text): Promise<Answer> =>
    overSocket({ socket, method: "POST", path: PATH, body: sent, headers });
  const signed = (key = makeKey(), more: object = {}): Readonly<Record<string, string>> => ({
    "narrowgate-operator": operatorSignature(key, {
      method: "POST",
      path: PATH,
      body: text,
      origin: issuer,
      ...more,
    }),
  });
  await push(context, sandbox, "unsigned", () => post({}));
  await push(context, sandbox, "signed by nobody's key", () => post(signed()));
  const lead = await agent(LEAD);
  await push(context, sandbox, "signed by an agent's key", () => post(signed(lead.key)));
  await push(context, sandbox, "for another address", () =>
    admin.forge({ method: "POST", path: PATH, body, key: makeKey() }),
  );
}

/** In production one operator alone brings no policy into force. */
async function alone(context: Context): Promise<void> {
  const prod = await context.another({ environment: "prod", bare: true });
  const document = registryOf(context.upstreams);
  const files = [{ name: "loose.cedar", text: LOOSE }];
  const send = () => prod.admin.send("POST", PATH, { document: { ...document }, files });
  await push(context, prod, "in production, by one operator", send);
  await push(context, prod, "in production, by the same operator again", send);
}

/** Policies that must not come into force. */
export const dr13: Drill = {
  id: "DR-13",
  name: "Bad policy push",
  scenario: {
    v: 1,
    ways: ["unsigned", "nobody's key", "agent's key", "other body", "one operator in prod, twice"],
  },
  expected: "nothing of it comes into force; the policies that were in force stay",
  async run(context) {
    await forge(context);
    await alone(context);
    context.tally.note(
      "not tried: a copy of the policies at another gate; there is one process on one store",
    );
  },
};
