import type { Context, Drill } from "../run/drill.ts";
import { LEAD } from "../stage/scene.ts";
import { knock } from "../wire/admin.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { isDone, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";
import { textAt } from "../wire/reading.ts";

/** What an agent would change if it could: policy, registry, budget, approvals, operators, people, its own state, the log. */
const WISHES: readonly (readonly [string, string, object])[] = [
  ["POST", "/registry/apply", { document: { agents: [] } }],
  ["POST", "/registry/plan", { document: { agents: [] } }],
  ["POST", "/registry/servers/drill-files/pins", {}],
  ["POST", `/agents/${LEAD}/activate`, {}],
  ["POST", `/agents/${LEAD}/join-codes`, {}],
  ["POST", "/operators", { name: "me" }],
  ["POST", "/people", { name: "me", roles: ["approver"] }],
  ["POST", "/mandates", { document: {} }],
  ["POST", "/revocations", { kind: "all", id: "all", reason: "mine" }],
  ["POST", "/releases", { agent: LEAD }],
  ["POST", `/agents/${LEAD}/rollback`, { reason: "mine" }],
  ["POST", "/drills", {}],
  ["POST", "/witnesses", { url: "https://mine.example", key: "x" }],
  ["POST", "/console/codes", {}],
  ["GET", "/log/entries?index=0&width=1", {}],
  ["GET", "/transactions?limit=10", {}],
];

async function atFront({ tally, sandbox }: Context, lead: Agent, token: string): Promise<void> {
  for (const [method, path] of WISHES) {
    for (const prefix of ["", "/admin", "/api"]) {
      const url = `${sandbox.issuer}${prefix}${path.split("?")[0]}`;
      const dpop = lead.proof({ method, url, token });
      const answer = await knock(sandbox.issuer, method, `${prefix}${path}`, {
        authorization: `DPoP ${token}`,
        dpop,
      });
      // A page of the console is for anybody: it holds nothing, and asks for a session before it shows anything.
      const isPage = method === "GET" && (answer.headers.get("content-type") ?? "").startsWith("text/html");
      tally.trial(
        answer.status >= 400 || isPage,
        `${method} ${prefix}${path.split("?")[0]}, with its token: ${said(answer)}`,
      );
    }
  }
}

async function atSocket({ tally, sandbox }: Context, lead: Agent): Promise<void> {
  for (const [method, path, body] of WISHES) {
    if (method === "GET") continue;
    const answer = await sandbox.admin.forge({ method, path, body, key: lead.key });
    tally.trial(answer.status >= 400, `${method} ${path}, signed by its key: ${said(answer)}`);
  }
}

/** The way round: an agent that may write is told to write into what guards it. */
async function throughTool({ tally, sandbox }: Context, lead: Agent, token: string): Promise<void> {
  for (const path of [
    "../config.json",
    "notes/../../policies/loose.cedar",
    "/etc/narrowgate",
    "policies/x.cedar",
  ]) {
    const answer = await lead.call({
      server: "drill-files",
      tool: "write_note",
      args: { path, text: randomText() },
      token,
    });
    tally.trial(!isDone(answer), `writes ${path} through a tool: ${said(answer)}`);
  }
  const { body } = await sandbox.admin.read("/status");
  tally.trial(textAt(body, "policy", "state") === "in_force", "the policies are in force as before");
}

/** An agent against what guards it. */
export const dr14: Drill = {
  id: "DR-14",
  name: "Agent against its own guard",
  scenario: {
    v: 1,
    wishes: WISHES.map(([method, path]) => `${method} ${path}`),
    ways: ["front", "socket", "tool"],
  },
  expected:
    "an agent's key and token open nothing that administers, at the public address, at the socket, or through a tool",
  async run(context) {
    const lead = await context.sandbox.join(LEAD);
    const before = await context.sandbox.logSize();
    const token = tokenOf(await lead.mint("drill-files"));
    await atFront(context, lead, token);
    await atSocket(context, lead);
    await throughTool(context, lead, token);
    context.tally.figures["leaves"] = (await context.sandbox.logSize()) - before;
    context.tally.note(
      "not tried: the machine itself; who may open the socket's folder is decided by the operating system",
    );
  },
};
