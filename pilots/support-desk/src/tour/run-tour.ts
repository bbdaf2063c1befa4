import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type AgentSession, acceptHandOff, callTool, openSession } from "@narrowgate/agent";
import { classifierOf } from "../classify.ts";
import { type Desk, listTickets, resolveTicket } from "../desk.ts";
import { approvalChapter } from "./approval.ts";
import { escalation, refusedWith, theft } from "./attacks.ts";
import type { TourEnvironment } from "./environment.ts";
import { flowChapter } from "./information-flow.ts";
import { type DeskAgents, handOver, joinAgents, must, transactionOf } from "./people-and-agents.ts";
import { simulatePerson } from "./person.ts";
import { policyChapter } from "./policy-change.ts";
import { productionChapters } from "./production.ts";
import { proofChapter } from "./proof.ts";
import { type RehearsalPlace, startRehearsal } from "./rehearsal.ts";
import type { Teller } from "./tell.ts";
import { startWitness } from "./witness.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

interface Scene {
  readonly env: TourEnvironment;
  readonly teller: Teller;
  readonly workshop: Workshop;
  readonly agents: DeskAgents;
  readonly session: AgentSession;
  readonly mandate: string;
}

async function workThroughQueue({ env, teller, agents, session }: Scene): Promise<void> {
  teller.chapter("1. Ten tickets, three agents, one person's mandate");
  const desk: Desk = {
    issuer: env.baseUrl,
    triage: agents.triage,
    refund: agents.refund,
    classify: classifierOf(process.env),
  };
  const tickets = await listTickets(session, env.baseUrl);
  const done = [];
  for (const path of tickets) done.push(await resolveTicket(session, desk, path));
  const refunds = done.filter(({ kind }) => kind === "refund");
  const total = refunds.reduce((sum, { refundedMinor }) => sum + refundedMinor, 0);
  teller.show({
    claim: "ten real tickets are resolved through the gate, authority narrowing at each hop",
    held: done.length === 10 && refunds.length === 5,
    seen: `${done.length} tickets, ${refunds.length} refunds of EUR ${(total / 100).toFixed(2)}; person -> orchestrator -> triage, refund -> files, memory`,
    check: "npm run -s narrowgate -- txn list",
  });
}

async function attack({ env, teller, agents, session, workshop }: Scene): Promise<void> {
  teller.chapter("5. Attacks");
  for (const shown of await theft(env.baseUrl, agents.orchestrator, session)) teller.show(shown);
  for (const shown of await escalation(env.baseUrl, session, agents)) teller.show(shown);
  await workshop.poisonMemory();
  const poisoned = (): Promise<unknown> =>
    callTool(session, `${env.baseUrl}/mcp/memory`, "open_nodes", { names: ["Ada Moreau"] });
  teller.show(
    await refusedWith(
      "a poisoned tool description (simulated supplier) is caught before the call",
      ["tool_changed"],
      poisoned,
      "npm run -s narrowgate -- apply -f FILE shows the diff",
    ),
  );
  await workshop.healMemory();
}

async function stopEverything({ env, teller, agents, session, mandate }: Scene): Promise<string> {
  teller.chapter("6. Stop");
  const files = `${env.baseUrl}/mcp/files`;
  const one = {
    type: "mcp_tool",
    server: "files",
    tools: ["read_text_file"],
    constraints: { "/path": { equals: "tickets/T-1001.md" } },
    data_class: "confidential",
  };
  const out = {
    type: "mcp_tool",
    server: "files",
    tools: ["write_file"],
    constraints: { "/path": { equals: "outbox/late.json" } },
    data_class: "confidential",
  };
  const triage = acceptHandOff(
    agents.triage,
    await session.delegate("desk-triage", { scope: ["files:read"], details: [one] }),
  );
  const refund = acceptHandOff(
    agents.refund,
    await session.delegate("desk-refund", { scope: ["files:write"], details: [out] }),
  );
  await callTool(triage, files, "read_text_file", { path: "tickets/T-1001.md" });
  await refund.token(files);
  // ORDER: what is revoked is listed no more.
  const txn = await transactionOf(env, mandate);
  const stopped = must(
    await env.cli(["revoke", "agent", "desk-orchestrator", "--reason", "the tour stops the desk"]),
    "revoking",
  );
  const read = (): Promise<unknown> =>
    callTool(triage, files, "read_text_file", { path: "tickets/T-1001.md" });
  const write = (): Promise<unknown> =>
    callTool(refund, files, "write_file", { path: "outbox/late.json", content: "late" });
  teller.show(
    await refusedWith(
      "revoking the orchestrator stops triage, in mid-task",
      ["revoked"],
      read,
      "npm run -s narrowgate -- contain desk-orchestrator",
    ),
  );
  teller.show(await refusedWith("and refund, before it writes", ["revoked"], write));
  must(await env.cli(["mandate", "close", mandate]), "closing the mandate");
  teller.note(`one write to the log, feed position ${String(stopped["feed"])}`);
  return txn;
}

async function prove({ env, teller, workshop }: Scene, txn: string, output: string): Promise<void> {
  teller.chapter("7. Proof");
  const [bundle, trust] = [join(output, "proof.json"), join(output, "trust.json")];
  await Promise.all([bundle, trust].map((file) => rm(file, { force: true })));
  // ORDER: a trust file names the newest head its owner has seen; a proof under an older one would be refused.
  must(await env.cli(["log", "trust", "--output", trust]), "writing the trust file");
  must(await env.cli(["evidence", "export", "--txn", txn, "--output", bundle]), "exporting");
  for (const shown of await proofChapter(env, { bundle, trust, directory: workshop.directory }))
    teller.show(shown);
  teller.note(`bundle ${bundle}, trust file ${trust}`);
  teller.note(
    `look at it: open ${env.baseUrl}/ and type the code of "npm run -s narrowgate -- console code"`,
  );
}

async function play(env: TourEnvironment, teller: Teller, place: RehearsalPlace): Promise<void> {
  const { output, workshop, person } = place;
  const how =
    workshop.isolation === "user" ? "as another OS user" : "NOT isolated (isolation: none, development only)";
  teller.note(`file server runs ${how}; memory server over HTTP; witness as a process of its own`);
  must(
    await env.cli(["apply", "--file", workshop.registryFile, "--yes", "--learn-pins", "--accept-changed"]),
    "applying the registry file",
  );
  const agents = await joinAgents(env, workshop.directory);
  const mandate = await handOver(env, person, agents.orchestrator, {
    agent: "desk-orchestrator",
    purpose: "work through today's queue of support tickets",
  });
  const session = openSession(agents.orchestrator, mandate);
  const scene = { env, teller, workshop, agents, mandate, session };
  await workThroughQueue(scene);
  teller.chapter("2. What was read limits what leaves");
  const { directory } = workshop;
  for (const shown of await flowChapter({ env, agents, person, session, directory })) teller.show(shown);
  teller.chapter("3. A person between decision and effect");
  for (const shown of await approvalChapter({ env, agents, session })) teller.show(shown);
  teller.chapter("4. A policy is tried before it is in force");
  for (const shown of await policyChapter({ env, agents, session, mandate, directory, output }))
    teller.show(shown);
  await attack(scene);
  await prove(scene, await stopEverything(scene), output);
}

/** The desk's chapters, and those of production: what is tested there goes on beside the first ones. */
async function whole(env: TourEnvironment, teller: Teller, place: RehearsalPlace): Promise<void> {
  teller.note(
    "An instance of staging is made beside it, where a release is tested and drills begin: some seconds ...",
  );
  await using rehearsal = await startRehearsal(env, place);
  await play(env, teller, place);
  await productionChapters(env, teller, { ...place, rehearsal });
}

/**
 * Runs all chapters against a running instance.
 * @param output - folder that keeps bundle and trust file
 * @param ended - asks the tour to end early; its processes end with it either way
 */
export async function runTour(
  env: TourEnvironment,
  teller: Teller,
  output: string,
  ended: AbortSignal,
): Promise<void> {
  const person = simulatePerson("https://people.desk.example", "dana");
  teller.chapter("Narrowgate tour: a support desk goes through the gate");
  teller.note(
    "The agents are small deterministic programs. Simulated: the person's identity provider, the mail and payment suppliers, and the attackers.",
  );
  const asked = new Promise<never>((_, reject) => {
    ended.addEventListener("abort", () => reject(new TypeError("the tour was asked to end")));
  });
  const witness = await startWitness(env, join(output, "witness"), ended);
  const workshop = await openWorkshop(person.jwks);
  try {
    await Promise.race([whole(env, teller, { output, workshop, person, ended }), asked]);
  } finally {
    await workshop.close();
    await witness.close();
  }
}
