import type { JsonObject } from "@narrowgate/kernel";
import { isNarrowgateError, type NarrowgateError } from "@narrowgate/kernel";
import type { AdminClient } from "../admin/admin-client.ts";
import { objectsAt, textAt } from "../admin/read-answer.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { withProgress } from "../terminal/progress.ts";
import { confirm, type Terminal } from "../terminal/terminal.ts";
import { differing, isLong, partOf, whole } from "./show-value.ts";

/** How an operator wants definitions to be approved. */
export interface ApprovalChoice {
  /** Approve what was never approved before, without asking. */
  readonly learnNew: boolean;
  /** Approve what changed, without asking. */
  readonly acceptChanged: boolean;
  /** Show values whole. */
  readonly full: boolean;
}

/** What came of asking the servers for their definitions. */
export interface Approvals {
  readonly approved: readonly JsonObject[];
  /** Registered, new or changed, and not approved. */
  readonly left: readonly JsonObject[];
  /** Servers that could not be asked. */
  readonly failed: readonly { readonly server: string; readonly error: NarrowgateError }[];
}

/** Shows an operation. @returns whether anything of it was left out */
function describe(server: string, operation: JsonObject, terminal: Terminal, full: boolean): boolean {
  const state = textAt(operation, "state");
  const tone = state === "changed" ? "warn" : "good";
  const name = cleanText(textAt(operation, "name"), 128);
  terminal.note(`${terminal.paint(tone, state)} ${textAt(operation, "kind")} ${server}/${name}`);
  const fields = objectsAt(operation, "fields");
  for (const { before, after, ...field } of fields) {
    const path = cleanText(textAt(field, "path"), 128);
    if (before === undefined) terminal.note(`    ${path}: ${full ? whole(after) : partOf(after)}`);
    else {
      const [was, is] = full ? [whole(before), whole(after)] : differing(before, after);
      terminal.note(terminal.paint("bad", `  - ${path}: ${was}`));
      terminal.note(terminal.paint("good", `  + ${path}: ${is}`));
    }
  }
  return !full && fields.some(({ before, after }) => isLong(before) || isLong(after));
}

async function wanted(
  server: string,
  operations: readonly JsonObject[],
  choice: ApprovalChoice,
  { terminal, cut }: { readonly terminal: Terminal; readonly cut: ReadonlySet<JsonObject> },
): Promise<readonly JsonObject[]> {
  const sure = operations.filter(({ state }) => (state === "new" ? choice.learnNew : choice.acceptChanged));
  const open = operations.filter((operation) => !sure.includes(operation));
  if (open.length === 0 || !terminal.interactive || terminal.json) return sure;
  // Nobody can mean what she was not shown.
  if (open.some((operation) => cut.has(operation))) {
    terminal.note(`Not everything of ${server} fits here, so it is not asked about: look at it with --full.`);
    return sure;
  }
  const question = `Approve ${open.length} definition(s) of ${server}, exactly as shown?`;
  return (await confirm(terminal, question)) ? operations : sure;
}

/** A server that is asked: a stdio one is a program that has to be started first, and some take long. */
export interface AskedServer {
  readonly id: string;
  readonly upstream: { readonly transport: "stdio" | "http" };
}

function waitingFor({ id, upstream }: AskedServer): string {
  return upstream.transport === "stdio"
    ? `starting ${id} and asking it for its definitions`
    : `asking ${id} for its definitions`;
}

async function approveOne(
  admin: AdminClient,
  asked: AskedServer,
  choice: ApprovalChoice,
  terminal: Terminal,
): Promise<{ readonly approved: readonly JsonObject[]; readonly left: readonly JsonObject[] }> {
  const { id: server } = asked;
  const path = `/registry/servers/${encodeURIComponent(server)}/pins`;
  const learned = await withProgress(terminal, waitingFor(asked), admin.send("POST", path, {}));
  const operations = objectsAt(learned, "operations").filter(
    ({ state }) => state === "new" || state === "changed",
  );
  if (operations.length === 0) return { approved: [], left: [] };
  const cut = new Set(operations.filter((operation) => describe(server, operation, terminal, choice.full)));
  const chosen = await wanted(server, operations, choice, { terminal, cut });
  const left = operations.filter((operation) => !chosen.includes(operation));
  const named = ({ kind, name }: JsonObject): JsonObject => ({
    server,
    kind: kind ?? null,
    name: name ?? null,
  });
  if (chosen.length === 0) return { approved: [], left: left.map(named) };
  // What is approved is named by digest: what was shown, and nothing that came since.
  const approve = chosen.map(({ kind, name, current }) => ({
    kind: kind ?? null,
    name: name ?? null,
    digest: current ?? null,
  }));
  const answer = await withProgress(terminal, `approving ${server}`, admin.send("POST", path, { approve }));
  return { approved: objectsAt(answer, "approved").map(named), left: left.map(named) };
}

/**
 * Asks each server for its live definitions, shows what is new or changed, and approves what the operator wants.
 * Trust: definitions were written by the upstream; they are shown cleaned and never obeyed.
 */
export async function approveDefinitions(
  admin: AdminClient,
  servers: readonly AskedServer[],
  choice: ApprovalChoice,
  terminal: Terminal,
): Promise<Approvals> {
  const approved: JsonObject[] = [];
  const left: JsonObject[] = [];
  const failed: { server: string; error: NarrowgateError }[] = [];
  for (const server of servers) {
    try {
      const one = await approveOne(admin, server, choice, terminal);
      approved.push(...one.approved);
      left.push(...one.left);
    } catch (error) {
      if (!isNarrowgateError(error)) throw error;
      failed.push({ server: server.id, error });
      terminal.note(`${server.id}: ${error.publicMessage} (${error.code})`);
    }
  }
  return { approved, left, failed };
}
