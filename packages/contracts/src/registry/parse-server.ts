import { type BoundedSchema, readBoundedSchema } from "../flow/bounded-answer.ts";
import type { ResponseRule } from "../flow/response-rule.ts";
import { flag, jsonObject, listOf, literal, oneOf, refuseInput, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import type { DataClassName } from "./data-classes.ts";
import { DATA_CLASSES } from "./data-classes.ts";
import type { ServerSpec, ToolSpec } from "./document.ts";
import { registryName } from "./parse-agent.ts";
import { MAX_RESPONSE_RULES, readResponseRule } from "./parse-response-rules.ts";
import type { ToolEffect, Upstream } from "./records.ts";

/** What an operation does to the world, mildest first. */
export const TOOL_EFFECTS = ["read", "write", "irreversible"] as const;

/** What an upstream server may ask of the client, if the file allows it. */
export const UPSTREAM_REQUESTS = ["elicitation/create", "sampling/createMessage", "roots/list"] as const;

// As authority.md A-4 has it, so that every registered name can stand in an authority.
const operationName = text({ min: 1, max: 128, pattern: /^[A-Za-z0-9_-][A-Za-z0-9_\-./]*$/ });
const uriPrefix = text({ min: 1, max: 1024, pattern: /^[a-z][a-z0-9+.-]*:[\x21-\x7e]*$/ });
const scopeToken = text({ min: 1, max: 256, pattern: /^[\x21\x23-\x5b\x5d-\x7e]+$/ });
const argument = text({ max: 4096, pattern: /^[^\0]*$/ });
const environmentName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

const environment: Reader<Readonly<Record<string, string>>> = (value, path) => {
  const entries = Object.entries(jsonObject(value, path));
  if (entries.length > 64) refuseInput(path, "must hold at most 64 variables");
  return Object.fromEntries(
    entries.map(([name, item]) => {
      if (!environmentName.test(name))
        refuseInput(path, "holds a name that is not an environment variable's");
      return [name, argument(item, `${path}/${name}`)];
    }),
  );
};

type Stdio = Extract<Upstream, { transport: "stdio" }>;
type WireStdio = Omit<Stdio, "isolation"> & { readonly isolation?: Stdio["isolation"] };
type Http = Extract<Upstream, { transport: "http" }>;
type WireHttp = Omit<Http, "auth"> & { readonly auth?: Http["auth"] };

const readStdio = shape<WireStdio>({
  transport: literal("stdio"),
  command: listOf(argument, { min: 1, max: 256 }),
  cwd: optional(argument),
  env: optional(environment),
  isolation: optional(oneOf(["user", "container", "none"])),
  user: optional(text({ min: 1, max: 64, pattern: /^[a-z_][a-z0-9_-]*$/ })),
});

const readHttp = shape<WireHttp>({
  transport: literal("http"),
  url: text({ min: 1, max: 2048, pattern: /^https?:\/\/[\x21-\x7e]+$/ }),
  auth: optional(oneOf(["none", "exchanged"])),
});

const readUpstream: Reader<Upstream> = (value, path) => {
  const transport: unknown =
    typeof value === "object" && value !== null ? Reflect.get(value, "transport") : undefined;
  if (transport === "http") {
    const http = readHttp(value, path);
    return { ...http, auth: http.auth ?? "none" };
  }
  if (transport !== undefined && transport !== "stdio") {
    refuseInput(`${path}/transport`, "must be one of stdio, http");
  }
  const stdio = readStdio(value, path);
  return { ...stdio, isolation: stdio.isolation ?? "user" };
};

type WireOperation = {
  readonly data_class: DataClassName;
  readonly effect?: ToolEffect;
  readonly egress?: boolean;
  readonly scope?: string;
  readonly untrusted?: boolean;
  readonly amount?: string;
  readonly rows?: string;
};
type WireStore = { readonly data_class: DataClassName; readonly untrusted?: boolean };
type Sanitising = { readonly sanitised_output?: BoundedSchema };
type WireTool = WireOperation &
  Sanitising & {
    readonly name: string;
    readonly effect: ToolEffect;
    readonly egress: boolean;
  };
type WirePrompt = WireOperation & { readonly name: string };
type WireResource = WireOperation & { readonly prefix: string };

const readClass = oneOf(DATA_CLASSES);
const readEffect = oneOf(TOOL_EFFECTS);

const pointer = text({ min: 2, max: 256, pattern: /^(?:\/(?:[^~/]|~[01])+)+$/u });
const said = {
  scope: optional(scopeToken),
  untrusted: optional(flag),
  amount: optional(pointer),
  rows: optional(pointer),
};
const readStore = shape<WireStore>({ data_class: readClass, untrusted: optional(flag) });

const readTool = shape<WireTool>({
  name: operationName,
  data_class: readClass,
  effect: readEffect,
  egress: flag,
  sanitised_output: optional(readBoundedSchema),
  ...said,
});
const milder = {
  data_class: readClass,
  effect: optional(readEffect),
  egress: optional(flag),
  ...said,
};
const readPrompt = shape<WirePrompt>({ name: operationName, ...milder });
const readResource = shape<WireResource>({ prefix: uriPrefix, ...milder });

function toSpec(server: string, name: string, wire: WireOperation & Sanitising): ToolSpec {
  const effect = wire.effect ?? "read";
  const scope = wire.scope ?? `${server}:${effect === "read" ? "read" : "write"}`;
  const { untrusted, amount, rows, sanitised_output: sanitisedOutput } = wire;
  return {
    name,
    dataClass: wire.data_class,
    effect,
    egress: wire.egress ?? false,
    scope,
    ...(untrusted === undefined ? {} : { untrusted }),
    ...(amount === undefined ? {} : { amount }),
    ...(rows === undefined ? {} : { rows }),
    ...(sanitisedOutput === undefined ? {} : { sanitisedOutput }),
  };
}

type WireServer = {
  readonly id: string;
  readonly upstream: Upstream;
  readonly tools?: readonly WireTool[];
  readonly prompts?: readonly WirePrompt[];
  readonly resources?: readonly WireResource[];
  readonly store?: WireStore;
  readonly response_rules?: readonly ResponseRule[];
  readonly allow_upstream_requests?: ServerSpec["allowUpstreamRequests"];
};

const readWireServer = shape<WireServer>({
  id: registryName,
  upstream: readUpstream,
  tools: optional(listOf(readTool, { max: 1024 })),
  prompts: optional(listOf(readPrompt, { max: 1024 })),
  resources: optional(listOf(readResource, { max: 1024 })),
  store: optional(readStore),
  response_rules: optional(listOf(readResponseRule, { max: MAX_RESPONSE_RULES })),
  allow_upstream_requests: optional(listOf(oneOf(UPSTREAM_REQUESTS), { max: 3 })),
});

/** Refuses a list in which two items have one name. */
export function refuseTwice(names: readonly string[], path: string): void {
  const seen = new Set<string>();
  names.forEach((name, i) => {
    if (seen.has(name)) refuseInput(`${path}/${i}`, "names the same thing a second time");
    seen.add(name);
  });
}

/** Reads one server of the file. */
export const readServer: Reader<ServerSpec> = (value, path) => {
  const wire = readWireServer(value, path);
  const tools = (wire.tools ?? []).map((tool) => toSpec(wire.id, tool.name, tool));
  const prompts = (wire.prompts ?? []).map((prompt) => toSpec(wire.id, prompt.name, prompt));
  const resources = (wire.resources ?? []).map((family) => toSpec(wire.id, family.prefix, family));
  tools.forEach(({ effect, sanitisedOutput }, i) => {
    if (sanitisedOutput !== undefined && effect !== "read")
      refuseInput(`${path}/tools/${i}/sanitised_output`, "stands only where the effect is read");
  });
  for (const [kind, list] of Object.entries({ tools, prompts, resources })) {
    refuseTwice(
      list.map((item) => item.name),
      `${path}/${kind}`,
    );
  }
  const allowUpstreamRequests = wire.allow_upstream_requests ?? [];
  // What nobody declared trusted may hold content of strangers.
  const store =
    wire.store === undefined
      ? {}
      : { store: { dataClass: wire.store.data_class, untrusted: wire.store.untrusted ?? true } };
  wire.response_rules?.forEach(({ tool }, i) => {
    if (tool !== undefined && !tools.some(({ name }) => name === tool))
      refuseInput(`${path}/response_rules/${i}/tool`, "names no tool of this server");
  });
  const rules = wire.response_rules === undefined ? {} : { responseRules: wire.response_rules };
  const lists = { tools, prompts, resources };
  return { id: wire.id, upstream: wire.upstream, ...lists, ...store, ...rules, allowUpstreamRequests };
};
