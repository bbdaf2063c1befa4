import { canonicalJson } from "@narrowgate/kernel";
import type { Context } from "../../packages/drills/src/run/drill.ts";
import type { Sandbox } from "../../packages/drills/src/stage/sandbox.ts";
import { LEAD, POLICIES, registryOf } from "../../packages/drills/src/stage/scene.ts";
import { type Admin, operatorAt, operatorSignature } from "../../packages/drills/src/wire/admin.ts";
import { tokenOf } from "../../packages/drills/src/wire/agent.ts";
import { isDone, said } from "../../packages/drills/src/wire/http.ts";
import { makeKey } from "../../packages/drills/src/wire/key.ts";

/** A second operator: in production policies come into force by two. */
async function second({ admin, issuer, socket }: Sandbox): Promise<Admin> {
  const key = makeKey();
  const part = { name: "second", jwk: key.jwk };
  const asked = { method: "POST", path: "/operators", body: canonicalJson(part), origin: issuer };
  await admin.send("POST", "/operators", { ...part, signature: operatorSignature(key, asked) });
  return operatorAt({ socket, origin: issuer }, key);
}

/** An agent that nobody signed asks an instance of production for a token. */
export async function unsignedMint({ another, tally, upstreams }: Context): Promise<void> {
  const sandbox = await another({ environment: "prod", bare: true });
  const files = [{ name: "drills.cedar", text: POLICIES }];
  const wanted = { document: registryOf(upstreams), files, pins: "learn" };
  await sandbox.admin.send("POST", "/registry/apply", wanted);
  const applied = await (await second(sandbox)).send("POST", "/registry/apply", wanted);
  tally.needs(applied.status < 300, `the registry of production: ${applied.text.slice(0, 200)}`);
  const lead = await sandbox.join(LEAD);
  const minted = await lead.mint("drill-files", { mandate: await sandbox.mandate(LEAD) });
  const token = tokenOf(minted);
  tally.trial(token === "", `a token of production for an agent that nobody signed: ${said(minted)}`);
  const read = { server: "drill-files", tool: "read_public", args: { path: "notes/x" }, token };
  const called = await lead.call(read);
  tally.trial(!isDone(called), `and called with it: ${said(called)}`);
}
