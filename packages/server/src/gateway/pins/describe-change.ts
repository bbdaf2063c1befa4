import { canonicalJson, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import { isObject } from "../mcp/json-rpc.ts";

const maxChanges = 50;
const maxDepth = 12;

function pointer(path: string, key: string): string {
  return `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function collect(
  was: JsonValue | undefined,
  is: JsonValue | undefined,
  path: string,
  out: JsonObject[],
): void {
  if (out.length >= maxChanges) return;
  if (isObject(was) && isObject(is) && path.split("/").length <= maxDepth) {
    for (const key of [...new Set([...Object.keys(was), ...Object.keys(is)])].sort()) {
      collect(was[key], is[key], pointer(path, key), out);
    }
    return;
  }
  if (was !== undefined && is !== undefined && canonicalJson(was) === canonicalJson(is)) return;
  out.push({
    path,
    ...(was === undefined ? {} : { approved: was }),
    ...(is === undefined ? {} : { current: is }),
  });
}

/**
 * Says what changed between the approved definition and the one the upstream states now.
 * Trust: `current` is the upstream's; it is for operators and evidence, never for the agent.
 */
export function describeChange(
  approved: JsonObject | undefined,
  current: JsonObject | undefined,
): JsonObject {
  const changes: JsonObject[] = [];
  collect(approved, current, "", changes);
  return { changes };
}
