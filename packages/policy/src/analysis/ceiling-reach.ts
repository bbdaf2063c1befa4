import { type CompiledAuthority, compileAuthority, parseAuthority } from "@narrowgate/authority";
import type { AgentSpec, ServerSpec, ToolSpec } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { Reaches } from "./analyse.ts";

type Agent = Pick<AgentSpec, "id" | "ceiling">;
type Operation = Pick<ToolSpec, "name" | "dataClass">;

/** What ceilings are compared with: who may do what at most, and what there is. */
export interface CeilingSource {
  readonly agents: readonly Agent[];
  readonly servers: readonly (Pick<ServerSpec, "id"> & {
    readonly tools: readonly Operation[];
    readonly prompts: readonly Operation[];
  })[];
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function detailsOf({ ceiling }: Agent): readonly JsonObject[] {
  const { authorization_details: details } = ceiling;
  return Array.isArray(details) ? details.filter(isObject) : [];
}

/** The ceiling without what it asks of arguments: those differ from call to call. */
function namesOnly(agent: Agent): CompiledAuthority {
  const details = detailsOf(agent).map(({ constraints: _, ...rest }) => rest);
  return compileAuthority(parseAuthority({ scope: [], resource: [], authorization_details: details }));
}

/**
 * Tells whether the ceiling of an agent holds an operation, whatever the arguments; of resources, whether it names any of
 * the server.
 * @throws NarrowgateError `malformed_authority` for a ceiling that is none
 */
export function ceilingReach({ agents, servers }: CeilingSource): Reaches {
  const authorities = new Map(agents.map((agent) => [agent.id, namesOnly(agent)]));
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  const operations = new Map<string, { readonly server: string; readonly operation: Operation }>();
  for (const { id, tools, prompts } of servers)
    for (const [type, list] of [
      ["Tool", tools],
      ["Prompt", prompts],
    ] as const)
      for (const operation of list)
        operations.set(`${type} ${id}/${operation.name}`, { server: id, operation });
  return (agent, { type, id }) => {
    const spec = byId.get(agent);
    if (spec === undefined) return false;
    if (type === "Resource")
      return detailsOf(spec).some(
        ({ type: kind, server }) => kind === "mcp_resource" && id.startsWith(`${String(server)}/`),
      );
    const found = operations.get(`${type} ${id}`);
    if (found === undefined) return false;
    const { name, dataClass } = found.operation;
    const kind = type === "Prompt" ? "prompt" : "tool";
    const call = { kind, server: found.server, name, dataClass, arguments: {} } as const;
    return authorities.get(agent)?.covers(call).kind === "covered";
  };
}
