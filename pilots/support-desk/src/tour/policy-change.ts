import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AgentSession, acceptHandOff, callTool } from "@narrowgate/agent";
import type { JsonObject } from "@narrowgate/kernel";
import { outcomeOf } from "./attacks.ts";
import type { TourEnvironment } from "./environment.ts";
import { type DeskAgents, must, transactionOf } from "./people-and-agents.ts";
import type { Shown } from "./tell.ts";

/** What the chapter stands on. */
export interface PolicyScene {
  readonly env: TourEnvironment;
  readonly agents: DeskAgents;
  readonly session: AgentSession;
  /** The mandate that the session works under. */
  readonly mandate: string;
  /** Folder of the pilot's copy. */
  readonly directory: string;
  /** Folder that stays when the tour has ended. */
  readonly output: string;
}

const STRICTER = `
@id("desk-memory-stays-clean")
@reason("what strangers wrote does not go into the customer memory")
forbid (
  principal,
  action == Action::"call_tool",
  resource == Tool::"memory/add_observations"
)
when { context.labels.untrusted };
`;

/** The policies in force and one more, in a folder of their own. */
async function writeCandidate(directory: string, output: string): Promise<string> {
  const folder = join(output, "policies-next");
  await cp(join(directory, "policies"), folder, { recursive: true });
  const file = join(folder, "desk.cedar");
  await writeFile(file, `${await readFile(file, "utf8")}${STRICTER}`);
  return folder;
}

/** Number of the version in force. */
async function versionInForce(env: TourEnvironment): Promise<number> {
  const { versions } = must(await env.cli(["policy", "list"]), "listing the policies");
  const newest: unknown = Array.isArray(versions) ? versions.at(-1) : undefined;
  return typeof newest === "object" && newest !== null && "version" in newest ? Number(newest.version) : 0;
}

/** Decisions that the shadow would have made otherwise; it is asked after the answer went out, so it may take a moment. */
async function shadowDiffers(env: TourEnvironment): Promise<number> {
  for (let tries = 0; tries < 20; tries++) {
    const { samples } = must(await env.cli(["policy", "shadow", "status"]), "reading the shadow");
    if (Array.isArray(samples) && samples.length > 0) return samples.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return 0;
}

/** What would have come out otherwise: in this transaction, and in all that is on record, from earlier tours too. */
function changesIn(
  { changes }: JsonObject,
  txn: string,
): { readonly here: number; readonly all: number; readonly transactions: number } {
  const txns = (Array.isArray(changes) ? changes : []).map((item): unknown => Object(item)["txn"]);
  return {
    here: txns.filter((other) => other === txn).length,
    all: txns.length,
    transactions: new Set(txns).size,
  };
}

/** The five notes of the refunds are what the stricter policy would have refused of this queue. */
function triedOnHistory(tried: JsonObject, txn: string, candidate: string): Shown {
  const { here, all, transactions } = changesIn(tried, txn);
  const earlier = all === here ? "" : ` (${all} in ${transactions} transactions, earlier tours among them)`;
  return {
    claim: "a stricter policy is tried on recorded history before it is in force",
    held: here === 5,
    seen: `${here} decisions of this queue would change, the notes of the five refunds${earlier}`,
    check: `npm run -s narrowgate -- policy what-if ${candidate}`,
  };
}

/** A change of policy is tried on what happened, put in force, and taken back. */
export async function policyChapter({
  env,
  agents,
  session,
  mandate,
  directory,
  output,
}: PolicyScene): Promise<readonly Shown[]> {
  const candidate = await writeCandidate(directory, output);
  const tried = must(await env.cli(["policy", "what-if", candidate]), "trying the policies");
  const toRefund = await session.delegate("desk-refund", {
    scope: ["memory:write"],
    details: [
      { type: "mcp_tool", server: "memory", tools: ["add_observations"], data_class: "confidential" },
    ],
  });
  const refund = acceptHandOff(agents.refund, toRefund);
  const note = (): Promise<unknown> =>
    callTool(refund, `${env.baseUrl}/mcp/memory`, "add_observations", {
      observations: [{ entityName: "Ada Moreau", contents: ["likes kettles"] }],
    });
  must(await env.cli(["policy", "shadow", candidate]), "setting up the shadow");
  const inShadow = await outcomeOf(note);
  const differed = await shadowDiffers(env);
  must(await env.cli(["policy", "shadow", "off"]), "ending the shadow");
  const before = await versionInForce(env);
  must(await env.cli(["policy", "publish", candidate, "--yes"]), "publishing");
  const under = await outcomeOf(note);
  must(await env.cli(["policy", "rollback", String(before), "--yes"]), "rolling back");
  const after = await outcomeOf(note);
  return [
    triedOnHistory(tried, await transactionOf(env, mandate), candidate),
    {
      claim: "in the shadow it decides nothing, and what it would have refused is seen on live traffic",
      held: inShadow === "went through" && differed > 0,
      seen: `${inShadow}; ${differed} decision${differed === 1 ? "" : "s"} would have been another`,
    },
    {
      claim: "published, it decides the next call",
      held: under === "policy_denied",
      seen: `refused: ${under}`,
    },
    { claim: "rolled back, the call goes through again", held: after === "went through", seen: after },
  ];
}
