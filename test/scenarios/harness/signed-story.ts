import { join } from "node:path";
import {
  acceptHandOff,
  callTool,
  createTokenClient,
  enrol,
  generateAgentKey,
  openSession,
  type TokenClient,
} from "@narrowgate/agent";
import type { TrustFile } from "@narrowgate/contracts";
import { type AdminClient, createAdminClient } from "../../../packages/cli/src/admin/admin-client.ts";
import { objectsAt, textAt } from "../../../packages/cli/src/admin/read-answer.ts";
import { makeTrust } from "../../../packages/cli/src/evidence/make-trust.ts";
import { enrolFirstOperator } from "../../../packages/cli/src/instance/enrol-operator.ts";
import { createOperatorKey } from "../../../packages/cli/src/places/operator-key-file.ts";
import { startGuardingServer } from "../../../packages/server/test/gateway/guarding-server.ts";
import { guardingRegistry } from "./guarding-registry.ts";
import { startInstance, type TestInstance } from "./test-instance.ts";

/** What a whole story left behind. */
export interface SignedStory {
  readonly bundle: Uint8Array;
  readonly trust: TrustFile;
}

const POLICIES = '@id("all") @reason("all") permit (principal, action, resource);';

/** The admin API of `gate`, spoken to as the command line does, with an operator whose key was enrolled that way. */
async function operatorOf(gate: TestInstance): Promise<AdminClient> {
  const place = {
    baseUrl: gate.issuer,
    adminSocket: join(gate.config.dataDirectory, "admin.sock"),
    operatorKey: join(gate.directory, "operator.json"),
  };
  const identity = await createOperatorKey(place.operatorKey, "Ada");
  const admin = createAdminClient(place, async () => identity);
  const code = gate.instance().operators.offerFirst()?.shown ?? "";
  await enrolFirstOperator(admin, identity, code);
  return admin;
}

async function joined(gate: TestInstance, admin: AdminClient, agent: string): Promise<TokenClient> {
  const key = await generateAgentKey();
  const code = textAt(await admin.send("POST", `/agents/${agent}/join-codes`, {}), "code");
  await enrol({ issuer: gate.issuer, agent, code, key });
  return createTokenClient({ issuer: gate.issuer, agent, key });
}

/** One task: handed over by an operator, passed from one agent to the next, used three times, ended by a revocation. */
async function runTask(gate: TestInstance, admin: AdminClient): Promise<string> {
  const [one, two] = [await joined(gate, admin, "first"), await joined(gate, admin, "second")];
  const ceiling = { type: "mcp_tool", server: "guarding", tools: ["whoami"], data_class: "internal" };
  const resource = `${gate.issuer}/mcp/guarding`;
  const document = {
    v: 1,
    salt: "AAAAAAAAAAAAAAAAAAAAAA",
    agent: "first",
    subject: "agent:first",
    purpose: "a task that is told whole",
    authority: { scope: ["guarding:read"], resource: [resource], authorization_details: [ceiling] },
    expires: Math.floor(Date.now() / 1000) + 3600,
    idleSeconds: 900,
  };
  const opened = await admin.send("POST", "/mandates", { document });
  const first = openSession(one, textAt(opened, "id"));
  await callTool(first, resource, "whoami", { text: "first" });
  const second = acceptHandOff(two, await first.delegate("second"));
  await callTool(second, resource, "whoami", { text: "second", n: 3 });
  const less = first.narrow({ details: [{ ...ceiling, depth: 0 }] });
  await callTool(less, resource, "whoami", {}).then(
    () => {
      throw new RangeError("authority that may not be handed on was handed on");
    },
    () => undefined,
  );
  await admin.send("POST", "/revocations", { kind: "agent", id: "second", reason: "the story ends" });
  await admin.send("POST", `/mandates/${textAt(opened, "id")}/close`, {});
  return textAt(opened, "txn");
}

/**
 * Runs an instance whose operator signs every change, and whose upstream takes the gate's exchanged tokens, and
 * exports the transaction as an operator does.
 */
export async function recordSignedStory(): Promise<SignedStory> {
  const gate = await startInstance();
  const upstream = await startGuardingServer(gate.issuer);
  try {
    const admin = await operatorOf(gate);
    const files = [{ name: "test.cedar", text: POLICIES }];
    await admin.send("POST", "/registry/apply", {
      document: { ...guardingRegistry(upstream), policies: ["*.cedar"] },
      files,
    });
    const pins = "/registry/servers/guarding/pins";
    const learned = objectsAt(await admin.send("POST", pins, {}), "operations");
    const approve = learned.map(({ kind, name, current }) => ({
      kind: kind ?? null,
      name: name ?? null,
      digest: current ?? null,
    }));
    await admin.send("POST", pins, { approve });
    const txn = await runTask(gate, admin);
    const bundle = await admin.bytes(`/transactions/${encodeURIComponent(txn)}/bundle`);
    const { trust } = await makeTrust(admin, 0);
    // The head in it is as new as the bundle: what an auditor had who had seen nothing before is looked at.
    const unseen = { size: 0, root: Buffer.alloc(32).toString("base64url") };
    return { bundle, trust: { ...trust, logs: trust.logs.map((log) => ({ ...log, ...unseen })) } };
  } finally {
    await gate.close();
    await upstream.close();
  }
}
