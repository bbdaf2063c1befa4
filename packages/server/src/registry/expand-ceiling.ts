import {
  type Authority,
  type AuthorizationDetail,
  formatAuthority,
  parseAuthority,
  parseAuthorizationDetails,
} from "@narrowgate/authority";
import type { ServerSpec, ToolSpec } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { unknownName } from "./near-names.ts";
import type { Problems } from "./problems.ts";

/** What a ceiling may name. */
export interface Reach {
  /** External base URL, without trailing slash. */
  readonly baseUrl: string;
  readonly server: (id: string) => ServerSpec | undefined;
  /** Ids that `server` knows, to say what a mistyped one may have meant. */
  readonly serverIds: () => readonly string[];
}

function operationsOf(server: ServerSpec, type: AuthorizationDetail["type"]): readonly ToolSpec[] {
  if (type === "mcp_tool") return server.tools;
  return type === "mcp_prompt" ? server.prompts : server.resources;
}

/** The texts of a list; nothing of what is no list. */
export function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** URIs or beginnings of URIs that a detail names. */
function namedUris(detail: AuthorizationDetail): readonly string[] {
  const { operation } = detail;
  if (operation.kind === "prefix") return [operation.prefix];
  return operation.kind === "one_of" ? texts(operation.values) : [];
}

/** The registered operations a detail names; a family of resources by any URI in it. */
function namedOperations(server: ServerSpec, detail: AuthorizationDetail): readonly ToolSpec[] {
  const operations = operationsOf(server, detail.type);
  const names = namedUris(detail);
  if (detail.type !== "mcp_resource") return operations.filter(({ name }) => names.includes(name));
  return operations.filter((family) => names.some((uri) => uri.startsWith(family.name)));
}

/** Checks one detail as it was written, so that a problem names what the operator sees. */
function checkNames(written: JsonObject, path: string, reach: Reach, problems: Problems): void {
  const id = written["server"];
  const server = typeof id === "string" ? reach.server(id) : undefined;
  if (server === undefined) {
    const message =
      typeof id === "string"
        ? unknownName(id, reach.serverIds(), "as a server")
        : "must be the id of a server";
    problems.add(`${path}/server`, "malformed_input", message);
    return;
  }
  for (const [member, list] of [
    ["tools", server.tools],
    ["prompts", server.prompts],
  ] as const) {
    texts(written[member]).forEach((name, i) => {
      if (!list.some((operation) => operation.name === name)) {
        problems.add(
          `${path}/${member}/${i}`,
          "malformed_input",
          unknownName(
            name,
            list.map((operation) => operation.name),
            `at ${server.id}`,
          ),
        );
      }
    });
  }
}

function checkResources(authority: Authority, path: string, reach: Reach, problems: Problems): void {
  const ours = `${reach.baseUrl}/mcp/`;
  for (const resource of authority.resource) {
    if (resource.startsWith(ours) && reach.server(resource.slice(ours.length)) === undefined) {
      problems.add(`${path}/resource`, "malformed_input", "names a server that is not registered");
    }
  }
}

function checkFamilies(
  details: readonly AuthorizationDetail[],
  path: string,
  reach: Reach,
  problems: Problems,
): void {
  for (const detail of details) {
    const families = reach.server(detail.server)?.resources;
    if (detail.type !== "mcp_resource" || families === undefined) continue;
    const known = (uri: string): boolean => families.some(({ name }) => uri.startsWith(name));
    if (!namedUris(detail).every(known)) {
      problems.add(
        `${path}/authorization_details`,
        "malformed_input",
        "names a resource outside the registered families",
      );
    }
  }
}

/** The details of a ceiling, in the order and form of the file. */
export function writtenDetails(ceiling: JsonObject): readonly JsonObject[] {
  const written = ceiling["authorization_details"];
  if (!Array.isArray(written)) return [];
  return written.filter((item): item is JsonObject => typeof item === "object" && item !== null);
}

/**
 * The ceiling in normal form, with what the file leaves out filled in: `resource` = the gate's address of each server its
 * details name, `scope` = the scopes of what they name.
 * Trust: written by an operator.
 * @returns undefined when `problems` got something that keeps it from being read
 * @see docs/spec/authority.md sections 1 to 3
 */
export function expandCeiling(
  ceiling: JsonObject,
  path: string,
  reach: Reach,
  problems: Problems,
): JsonObject | undefined {
  const at = `${path}/authorization_details`;
  const details = problems.authority(at, () => parseAuthorizationDetails(ceiling["authorization_details"]));
  if (details === undefined) return undefined;
  writtenDetails(ceiling).forEach((written, i) => {
    checkNames(written, `${at}/${i}`, reach, problems);
  });
  checkFamilies(details, path, reach, problems);
  const scope = new Set<string>();
  const resource = new Set<string>();
  for (const detail of details) {
    const server = reach.server(detail.server);
    if (server === undefined) continue;
    resource.add(`${reach.baseUrl}/mcp/${server.id}`);
    for (const operation of namedOperations(server, detail)) scope.add(operation.scope);
  }
  const full = { scope: [...scope], resource: [...resource], ...ceiling };
  const authority = problems.authority(path, () => parseAuthority(full));
  if (authority === undefined) return undefined;
  checkResources(authority, path, reach, problems);
  return formatAuthority(authority);
}
