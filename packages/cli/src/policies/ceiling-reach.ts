import { type CompiledAuthority, compileAuthority, parseAuthority } from "@narrowgate/authority";
import type { AgentSpec, RegistryDocument, ToolSpec } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { Reaches } from "@narrowgate/policy/analysis";
import { asObject, textAt } from "../admin/read-answer.ts";

function detailsOf({ ceiling }: AgentSpec): readonly JsonObject[] {
  const { authorization_details: details } = ceiling;
  return Array.isArray(details) ? details.map((one: JsonValue) => asObject(one)) : [];
}

/** The ceiling without what it asks of arguments: those differ from call to call. */
function namesOnly(agent: AgentSpec): CompiledAuthority {
  const details = detailsOf(agent).map(({ constraints: _, ...rest }) => rest);
  return compileAuthority(parseAuthority({ scope: [], resource: [], authorization_details: details }));
}

/**
 * Tells whether the ceiling of an agent holds an operation, whatever the arguments; of resources, whether it names any of
 * the server.
 * @throws NarrowgateError `malformed_authority` for a ceiling that is none
 */
export function ceilingReach({ agents, servers }: RegistryDocument): Reaches {
  const authorities = new Map(agents.map((agent) => [agent.id, namesOnly(agent)]));
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  const operations = new Map<string, { readonly server: string; readonly tool: ToolSpec }>();
  for (const { id, tools, prompts } of servers)
    for (const [type, list] of [
      ["Tool", tools],
      ["Prompt", prompts],
    ] as const)
      for (const tool of list) operations.set(`${type} ${id}/${tool.name}`, { server: id, tool });
  return (agent, { type, id }) => {
    const spec = byId.get(agent);
    if (spec === undefined) return false;
    if (type === "Resource")
      return detailsOf(spec).some(
        (detail) => detail.type === "mcp_resource" && id.startsWith(`${textAt(detail, "server")}/`),
      );
    const found = operations.get(`${type} ${id}`);
    if (found === undefined) return false;
    const { name, dataClass } = found.tool;
    const kind = type === "Prompt" ? "prompt" : "tool";
    const call = { kind, server: found.server, name, dataClass, arguments: {} } as const;
    return authorities.get(agent)?.covers(call).kind === "covered";
  };
}
