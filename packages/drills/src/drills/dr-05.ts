import type { Context, Drill } from "../run/drill.ts";
import { LEAD, STRANGER, WORKER } from "../stage/scene.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { patiently, said } from "../wire/http.ts";
import { claimsOf, listAt, numberAt, textAt } from "../wire/reading.ts";

const TRIALS = 320;
const PARENT = {
  type: "mcp_tool",
  server: "drill-files",
  tools: ["read_note"],
  constraints: { "/path": { prefix: "notes/a/" } },
  data_class: "internal",
  caps: { calls: 5 },
  depth: 1,
};
const CLASSES = ["public", "internal", "confidential", "restricted"];

type Detail = Readonly<Record<string, unknown>>;
type Form = Readonly<Record<string, string>>;

const detail = (more: object): Form => ({ authorization_details: JSON.stringify([{ ...PARENT, ...more }]) });
const path = (constraint: object | undefined): Form =>
  detail({ constraints: constraint === undefined ? undefined : { "/path": constraint } });

/** Ways to ask for more than the parent has, each named after what it widens. */
const WIDER: readonly (readonly [string, (issuer: string, random: () => number) => Form])[] = [
  ["another tool", () => detail({ tools: ["read_note", "write_note"] })],
  ["a wildcard", () => detail({ tools: ["*"] })],
  ["another case", () => detail({ tools: ["READ_NOTE"] })],
  ["a sibling path", () => path({ prefix: "notes/b/" })],
  ["a shorter path", () => path({ prefix: "notes/" })],
  ["a path that begins alike", () => path({ prefix: "notes/a" })],
  ["dot segments", () => path({ prefix: "notes/a/../" })],
  ["no constraint", () => path(undefined)],
  ["one of several paths", () => path({ one_of: ["notes/a/x", "notes/b/x"] })],
  ["a higher class", (_, random) => detail({ data_class: random() < 0.5 ? "confidential" : "restricted" })],
  ["no class", () => detail({ data_class: undefined })],
  ["a higher cap", (_, random) => detail({ caps: { calls: 6 + Math.floor(random() * 1000) } })],
  ["no cap", () => detail({ caps: undefined })],
  ["more depth", (_, random) => detail({ depth: 2 + Math.floor(random() * 14) })],
  ["a longer life", () => detail({ expires: Math.floor(Date.now() / 1000) + 86_400 })],
  ["another server", () => detail({ server: "drill-store", tools: ["recall"] })],
  [
    "two details",
    () => ({ authorization_details: JSON.stringify([PARENT, { ...PARENT, tools: ["write_note"] }]) }),
  ],
  ["another scope", () => ({ scope: "drill-files:write drill-pay:pay admin" })],
  ["a sibling audience", (issuer) => ({ resource: `${issuer}/mcp/drill-store` })],
  ["an audience elsewhere", () => ({ resource: "https://gate.example/mcp/drill-files" })],
  ["an audience with dots", (issuer) => ({ resource: `${issuer}/mcp/drill-files/../drill-pay` })],
  ["another subject", () => ({ subject: "agent:drill-lead", requested_subject: "agent:drill-lead" })],
  [
    "everything",
    () => ({
      scope: "*",
      authorization_details: JSON.stringify([{ type: "mcp_tool", server: "*", tools: ["*"] }]),
    }),
  ],
];

function within(value: unknown): boolean {
  const { type, server } = Object(value);
  const tools = listAt(value, "tools");
  const prefix = textAt(value, "constraints", "/path", "prefix");
  const only = textAt(value, "constraints", "/path", "equals");
  const isPath = prefix.startsWith("notes/a/") || only.startsWith("notes/a/");
  const isLow =
    CLASSES.indexOf(textAt(value, "data_class")) <= 1 && CLASSES.includes(textAt(value, "data_class"));
  const caps: Detail = Object(Object(value)["caps"]);
  const isCapped = typeof caps["calls"] === "number" && caps["calls"] <= 5;
  return (
    type === "mcp_tool" &&
    server === "drill-files" &&
    tools.length === 1 &&
    tools[0] === "read_note" &&
    isPath &&
    isLow &&
    isCapped
  );
}

/** Whether a token is inside its parent: this program's own comparison, for this one parent. */
export function isNarrower(child: string, parent: string): boolean {
  const [own, above] = [claimsOf(child), claimsOf(parent)];
  const details = listAt(own, "authorization_details");
  const scopes = new Set(textAt(above, "scope").split(" "));
  const isScoped = textAt(own, "scope")
    .split(" ")
    .every((one) => one === "" || scopes.has(one));
  // Where a lineage may be aimed at stands in `ng.reach`; the audience of each token is one of those.
  const reach = listAt(above, "ng", "reach");
  const isAimed = [own["aud"], ...listAt(own, "ng", "reach")].every((one) => reach.includes(one));
  const isSame = isAimed && ["sub", "iss", "txn"].every((name) => own[name] === above[name]);
  const lives = numberAt(own, "exp") <= numberAt(above, "exp");
  const deeper = details.every((one) => numberAt(one, "depth") <= 1);
  return details.every(within) && isScoped && isSame && lives && deeper;
}

async function parentOf(context: Context, lead: Agent, worker: Agent): Promise<string> {
  const { sandbox, tally } = context;
  const root = tokenOf(await lead.mint("drill-files", { mandate: await sandbox.mandate(LEAD) }));
  const resource = `${sandbox.issuer}/agents/${WORKER}`;
  const handed = tokenOf(
    await lead.exchange(root, { resource, authorization_details: JSON.stringify([{ ...PARENT, depth: 2 }]) }),
  );
  const parent = await worker.exchange(handed, { resource: `${sandbox.issuer}/mcp/drill-files` }, true);
  tally.needs(tokenOf(parent) !== "", `the honest exchange did not go through: ${said(parent)}`);
  return tokenOf(parent);
}

/** Requests of many kinds to widen what was handed on. */
export const dr05: Drill = {
  id: "DR-05",
  name: "Scope inflation fuzz",
  scenario: { v: 1, trials: TRIALS, parent: PARENT, ways: WIDER.map(([name]) => name) },
  expected:
    "each attempt is refused, or gives a token inside its parent by this program's own comparison; nothing comes of a revoked parent",
  async run(context) {
    const { agent, sandbox, tally, random, signal } = context;
    const [lead, worker] = [await agent(LEAD), await agent(WORKER)];
    let parent = await parentOf(context, lead, worker);
    const resource = `${sandbox.issuer}/mcp/drill-files`;
    const honest = await worker.exchange(parent, { resource });
    tally.needs(
      isNarrower(tokenOf(honest), parent),
      `an honest narrowing is not inside its parent: ${said(honest)}`,
    );
    for (let i = 0; i < TRIALS && !signal.aborted; i++) {
      const [name = "", ask] = WIDER[i % WIDER.length] ?? [];
      if (ask === undefined) return;
      if (i % 100 === 99) parent = await parentOf(context, lead, worker);
      const [from] = [parent];
      const answer = await patiently(() =>
        worker.exchange(from, { resource, ...ask(sandbox.issuer, random) }),
      );
      const got = tokenOf(answer);
      tally.trial(
        got === "" ? answer.status >= 400 : isNarrower(got, from),
        `${name}: ${got === "" ? said(answer) : "given, and inside its parent"}`,
      );
    }
    await afterRevocation(context, worker, parent);
  },
};

async function afterRevocation(
  { sandbox, tally, agent }: Context,
  worker: Agent,
  parent: string,
): Promise<void> {
  const resource = `${sandbox.issuer}/mcp/drill-files`;
  const other = await (await agent(STRANGER)).exchange(parent, { resource });
  tally.trial(tokenOf(other) === "", `another agent's parent: ${said(other)}`);
  const jti = textAt(claimsOf(parent), "jti");
  await sandbox.admin.send("POST", "/revocations", { kind: "token", id: jti, reason: "a drill" });
  const late = await worker.exchange(parent, { resource });
  tally.trial(tokenOf(late) === "", `a revoked parent: ${said(late)}`);
}
