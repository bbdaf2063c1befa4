import type { ServerSpec } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import {
  type PolicyBundle,
  type PolicyProblem,
  type RegisteredTool,
  schemaFromRegistry,
} from "@narrowgate/policy";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import type { FieldChange } from "./diff-fields.ts";
import type { PlanStep } from "./plan-step.ts";
import type { RegistryPorts } from "./ports.ts";
import type { Problem, Refused } from "./problems.ts";
import type { RegistryTable } from "./registry-table.ts";
import type { PinRow } from "./rows.ts";

/** Where policies are planned. */
export interface PolicySurroundings {
  readonly table: RegistryTable;
  readonly ports: Pick<RegistryPorts, "compile">;
}

/** What becomes of the policies. */
export interface PolicyPlan {
  readonly kind: "policies";
  readonly steps: readonly Extract<PlanStep, { kind: "policy" }>[];
  readonly warnings: readonly PolicyProblem[];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Pins of tools as they are once the steps are done. */
function pinnedTools(pins: readonly PinRow[], steps: readonly PlanStep[]): readonly RegisteredTool[] {
  const after = new Map<string, ServerSpec | undefined>();
  for (const step of steps) {
    if (step.kind === "server") after.set(step.id, step.action === "retire" ? undefined : step.spec);
  }
  const stays = ({ server, name }: PinRow): boolean =>
    !after.has(server) || after.get(server)?.tools.some((tool) => tool.name === name) === true;
  return pins.flatMap((pin) => {
    const inputSchema = pin.definition["inputSchema"];
    if (pin.kind !== "tool" || !isObject(inputSchema) || !stays(pin)) return [];
    return [{ server: pin.server, name: pin.name, inputSchema }];
  });
}

/** The schema text once the steps are done and `pins` are the approved definitions. */
export function schemaOf(pins: readonly PinRow[], steps: readonly PlanStep[]): string {
  return schemaFromRegistry({ tools: pinnedTools(pins, steps) }).schema;
}

function sortedFiles(files: PolicyBundle["files"]): PolicyBundle["files"] {
  return [...files].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Files are compared by digest: their text is in the evidence, and a plan is to be read. */
function digests({ files, schema }: PolicyBundle): ReadonlyMap<string, string> {
  const all = [...files, { name: "schema", text: schema }];
  return new Map(all.map(({ name, text }) => [name, sha256Base64url(text)]));
}

function changedFiles(before: PolicyBundle | undefined, after: PolicyBundle): readonly FieldChange[] {
  const old = before === undefined ? new Map<string, string>() : digests(before);
  const now = digests(after);
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    if (was === is) return [];
    const path = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    return [
      { path, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) },
    ];
  });
}

function asProblem({ file, line, policy, message }: PolicyProblem): Problem {
  const path = line === undefined ? file : `${file}:${line}`;
  return { path, code: "policy_invalid", message: policy === undefined ? message : `${policy}: ${message}` };
}

/** A rejected bundle, with the reason that is not in the files where approving tools may help. */
function rejected(problems: readonly PolicyProblem[], mayHelp: boolean): Refused {
  const hint: Problem = {
    path: "schema",
    code: "policy_invalid",
    message: "some tools are not approved yet, so policies cannot read their arguments; approve them first",
  };
  return { kind: "refused", problems: [...problems.map(asProblem), ...(mayHelp ? [hint] : [])] };
}

/** What a row of the state table and an opening can hold, with room to spare. */
const maxBundleChars = 4_194_304;

function tooLong(files: PolicyBundle["files"]): Refused | undefined {
  const total = files.reduce((sum, { name, text }) => sum + name.length + text.length, 0);
  if (total <= maxBundleChars) return undefined;
  const message = `policies have at most ${maxBundleChars} characters altogether`;
  return { kind: "refused", problems: [{ path: "files", code: "policy_invalid", message }] };
}

function hasUnpinned(steps: readonly PlanStep[], table: RegistryTable): boolean {
  const isOpen = (server: string, name: string): boolean => table.pin(server, "tool", name) === undefined;
  return (
    table.servers().some(({ id, tools }) => tools.some(({ name }) => isOpen(id, name))) ||
    steps.some((step) => step.kind === "server" && step.action === "create" && step.spec.tools.length > 0)
  );
}

/** Ids in force that are not among the new ones. A stored bundle that does not compile any more has none in force. */
function endingPolicies(
  before: PolicyBundle | undefined,
  ids: readonly string[],
  { compile }: PolicySurroundings["ports"],
): readonly string[] {
  if (before === undefined) return [];
  const old = compile(before);
  const stay = new Set(ids);
  return old.kind === "compiled" ? old.ids.filter((id) => !stay.has(id)) : [];
}

/**
 * Plans the bundle that comes into force with the steps. The schema follows the registry, so policies are compiled anew
 * also when only tools changed.
 * @param files - absent: those in force
 */
export function planPolicies(
  files: PolicyBundle["files"] | undefined,
  steps: readonly PlanStep[],
  { table, ports }: PolicySurroundings,
  pins: readonly PinRow[] = table.pins(),
): PolicyPlan | Refused {
  const before = table.policy?.bundle;
  const chosen = files ?? before?.files;
  if (chosen === undefined) return { kind: "policies", steps: [], warnings: [] };
  const excess = tooLong(chosen);
  if (excess !== undefined) return excess;
  const bundle: PolicyBundle = { files: sortedFiles(chosen), schema: schemaOf(pins, steps) };
  const fields = changedFiles(before, bundle);
  if (before !== undefined && fields.length === 0) return { kind: "policies", steps: [], warnings: [] };
  const compiled = ports.compile(bundle);
  if (compiled.kind === "rejected") {
    const mayHelp = compiled.stage === "validate" && hasUnpinned(steps, table);
    return rejected(compiled.problems, mayHelp);
  }
  const action = before === undefined ? "create" : "change";
  // The same files under another schema are the same policies.
  const ends = files === undefined ? [] : endingPolicies(before, compiled.ids, ports);
  const step = { kind: "policy", id: "policy", action, fields, bundle, compiled, before, ends } as const;
  return { kind: "policies", steps: [step], warnings: compiled.warnings };
}
