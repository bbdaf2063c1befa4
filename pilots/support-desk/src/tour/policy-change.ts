import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AgentSession, acceptHandOff, callTool } from "@narrowgate/agent";
import type { JsonObject } from "@narrowgate/kernel";
import { outcomeOf } from "./attacks.ts";
import type { TourEnvironment } from "./environment.ts";
import { type DeskAgents, must } from "./people-and-agents.ts";
import type { Shown } from "./tell.ts";

/** What the chapter stands on. */
export interface PolicyScene {
  readonly env: TourEnvironment;
  readonly agents: DeskAgents;
  readonly session: AgentSession;
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

/** How many recorded decisions, in how many transactions, would have come out otherwise. */
function changesIn({ changes }: JsonObject): { readonly decisions: number; readonly transactions: number } {
  const items = Array.isArray(changes) ? changes : [];
  const txns = items.map((item) => Object(item)["txn"]);
  return { decisions: items.length, transactions: new Set(txns).size };
}

/** A change of policy is tried on what happened, put in force, and taken back. */
export async function policyChapter({
  env,
  agents,
  session,
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
  const { decisions, transactions } = changesIn(tried);
  return [
    {
      claim: "a stricter policy is tried on recorded history before it is in force",
      held: decisions === 5 && transactions === 1,
      seen: `${decisions} decisions would change, in ${transactions} transaction: the five notes of the refunds`,
      check: `npm run -s narrowgate -- policy what-if ${candidate}`,
    },
    {
      claim: "in the shadow it decides nothing, and what it would have refused is seen on live traffic",
      held: inShadow === "went through" && differed > 0,
      seen: `${inShadow}; ${differed} decision would have been another`,
    },
    {
      claim: "published, it decides the next call",
      held: under === "policy_denied",
      seen: `refused: ${under}`,
    },
    { claim: "rolled back, the call goes through again", held: after === "went through", seen: after },
  ];
}
