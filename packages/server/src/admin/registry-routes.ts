import { parseRegistryDocument } from "@narrowgate/contracts";
import {
  type JsonObject,
  NarrowgateError,
  parseStrictJson,
  readArray,
  readBoolean,
  readEnum,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { isTestFile } from "@narrowgate/policy";
import { type PolicyTests, parsePolicyTests } from "@narrowgate/policy/testing";
import { type JsonAnswer, okAnswer } from "../platform/http/json-answer.ts";
import { agentJson, issuerJson, serverJson } from "./describe-records.ts";
import { learnAll } from "./learn-pins.ts";
import type { Proposal, Refused } from "./ports/registry-port.ts";
import type { AdminPorts } from "./ports.ts";
import { pageJson, pageOf, refusedAnswer } from "./read-values.ts";
import { type AdminRequest, LARGE, type Route, type SignedAdminRequest } from "./route.ts";

const MEMBERS = ["document", "files", "tests", "prune", "revision", "pins"] as const;
type Input = Parameters<AdminPorts["registry"]["plan"]>[0];

interface RegistryRequest {
  readonly input: Input;
  /** Revision of the plan that was looked at. */
  readonly revision: number | undefined;
  readonly learn: boolean;
}

/** Reads one Cedar file of a body. @throws NarrowgateError `malformed_input` */
export function readPolicyFile(
  value: unknown,
  path: string,
): { readonly name: string; readonly text: string } {
  const file = readObject(value, path, ["name", "text"]);
  const name = readString(file.name, `${path}/name`, { min: 1, max: 256, pattern: /^[A-Za-z0-9_\-./]+$/ });
  return { name, text: readString(file.text, `${path}/text`, { max: 4_194_304 }) };
}

type File = ReturnType<typeof readPolicyFile>;

/** Tests as a file of the bundle: JSON, which is YAML too. */
function readTests(value: unknown, path: string): File {
  const sent = readObject(value, path, ["name", "tests"]);
  const file = { name: sent.name, text: JSON.stringify(sent.tests ?? null, null, 2) };
  const { name, text } = readPolicyFile(file, path);
  return { name: isTestFile({ name }) ? name : `${name}.cedartest.yaml`, text };
}

/** The tests among the files of a bundle. */
function testsOf(files: readonly File[]): readonly PolicyTests[] {
  return files.filter(isTestFile).map(({ name, text }) => parsePolicyTests(parseStrictJson(text), name));
}

function readRequest({ body }: AdminRequest): RegistryRequest {
  const sent = readObject(body, "", MEMBERS);
  const files = readOptional(sent.files, (value) => readArray(value, "/files", readPolicyFile));
  const tests =
    readOptional(sent.tests, (value) => readArray(value, "/tests", readTests, { max: 256 })) ?? [];
  // Tests are part of what comes into force: an earlier version that is published again brings its own along.
  const all = files === undefined ? undefined : [...files, ...tests];
  const input = {
    document: parseRegistryDocument(sent.document),
    prune: readOptional(sent.prune, (value) => readBoolean(value, "/prune")) ?? false,
    ...(all === undefined ? {} : { files: all }),
    tests: testsOf(all ?? tests),
  };
  const revision = readOptional(sent.revision, (value) => readInteger(value, "/revision"));
  const pins = readOptional(sent.pins, (value) => readEnum(value, "/pins", ["learn"]));
  return { input, revision, learn: pins === "learn" };
}

function planOf(input: Input, { registry }: AdminPorts): Proposal | Refused {
  return registry.plan(input);
}

async function applyOnce(
  input: Input,
  request: SignedAdminRequest,
  ports: AdminPorts,
): Promise<Proposal | Refused> {
  const plan = planOf(input, ports);
  if (plan.kind === "plan") await plan.apply(request.signer);
  return plan;
}

/** Only policies stand in the way, and approving tools may help. */
function mayHoldLater({ problems }: Refused): boolean {
  return (
    problems.every(({ code }) => code === "policy_invalid") && problems.some(({ path }) => path === "schema")
  );
}

/**
 * Applies with learning: all at once where the policies hold as they are, for an upstream with exchanged tokens tells its
 * definitions only once policies are in force. Where they read the arguments of tools that nobody has approved yet, first
 * everything else, then the definitions, then the policies. Should the last part be refused, nothing is let through that
 * was not before: without new policies the old ones hold, or everything is denied.
 */
async function applyAndLearn(
  input: Input,
  request: SignedAdminRequest,
  ports: AdminPorts,
): Promise<JsonAnswer> {
  const { files, tests: _tests, ...rest } = input;
  const whole = planOf(input, ports);
  const isLater = whole.kind === "refused" && mayHoldLater(whole);
  const first = await applyOnce(isLater ? rest : input, request, ports);
  if (first.kind === "refused") return refusedAnswer(first);
  const servers = rest.document.servers.map(({ id }) => id);
  const learned = await learnAll(servers, request.signer, ports);
  if (learned.kind === "refused") return refusedAnswer(learned);
  const second = await applyOnce(files === undefined ? rest : input, request, ports);
  if (second.kind === "refused") return refusedAnswer(second);
  const applied: readonly JsonObject[] = [first.toJson(), second.toJson()];
  return okAnswer({ applied, pinned: learned.pinned });
}

async function apply(request: SignedAdminRequest, ports: AdminPorts): Promise<JsonAnswer> {
  const { input, revision, learn } = readRequest(request);
  const plan = planOf(input, ports);
  if (revision !== undefined && plan.kind === "plan" && plan.revision !== revision) {
    throw new NarrowgateError(
      "conflict",
      "the registry has changed since the plan that was looked at; plan again",
    );
  }
  if (learn) return applyAndLearn(input, request, ports);
  if (plan.kind === "refused") return refusedAnswer(plan);
  await plan.apply(request.signer);
  return okAnswer({ applied: [plan.toJson()], pinned: [] });
}

/** What may exist here. */
export const registryRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/registry/plan",
    access: "signed",
    limits: LARGE,
    async handle(request, ports) {
      const plan = planOf(readRequest(request).input, ports);
      return plan.kind === "refused" ? refusedAnswer(plan) : okAnswer(plan.toJson());
    },
  },
  { method: "POST", path: "/registry/apply", access: "signed", limits: LARGE, handle: apply },
  {
    method: "GET",
    path: "/registry/agents",
    access: "local",
    query: ["after", "limit"],
    handle(request, { registry }) {
      const page = pageOf(request, registry.agents(), ({ id }) => id);
      return okAnswer(pageJson("agents", { ...page, items: page.items.map(agentJson) }));
    },
  },
  {
    method: "GET",
    path: "/registry/servers",
    access: "local",
    query: ["after", "limit"],
    handle(request, { registry }) {
      const page = pageOf(request, registry.servers(), ({ id }) => id);
      return okAnswer(pageJson("servers", { ...page, items: page.items.map(serverJson) }));
    },
  },
  {
    method: "GET",
    path: "/registry/issuers",
    access: "local",
    handle: (_, { registry }) => okAnswer({ issuers: registry.issuers().map(issuerJson) }),
  },
];
