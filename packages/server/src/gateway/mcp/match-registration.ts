import { type CompiledAuthority, compileAuthority, parseAuthority } from "@narrowgate/authority";
import type { ServerRecord, ToolRecord } from "@narrowgate/contracts";

const families = new WeakMap<ToolRecord, CompiledAuthority>();

/** A family is itself an authority over its prefix, so that the same strict rules say what begins with it. */
function familyOf(server: ServerRecord, record: ToolRecord): CompiledAuthority {
  const known = families.get(record);
  if (known !== undefined) return known;
  const detail = { type: "mcp_resource", server: server.id, uris: { prefix: record.name } };
  const compiled = compileAuthority(
    parseAuthority({ scope: [], resource: [], authorization_details: [detail] }),
  );
  families.set(record, compiled);
  return compiled;
}

/** The longest registered family a URI belongs to. Trust: `uri` is the client's or the upstream's. */
export function findFamily(server: ServerRecord, uri: string): ToolRecord | undefined {
  let longest: ToolRecord | undefined;
  for (const record of server.resources) {
    if (longest !== undefined && record.name.length <= longest.name.length) continue;
    const call = { kind: "resource", server: server.id, name: uri, dataClass: "public" } as const;
    if (familyOf(server, record).covers(call).kind === "covered") longest = record;
  }
  return longest;
}

/** The registration of an operation. Trust: `name` is the client's. */
export function findRegistered(
  server: ServerRecord,
  kind: "tool" | "prompt" | "resource",
  name: string,
): ToolRecord | undefined {
  if (kind === "resource") return findFamily(server, name);
  const records = kind === "tool" ? server.tools : server.prompts;
  return records.find((record) => record.name === name);
}
