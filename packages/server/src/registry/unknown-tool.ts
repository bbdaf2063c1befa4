import type { ServerRecord } from "@narrowgate/contracts";
import { nearNames } from "./near-names.ts";

/**
 * Says why no registered server offers a tool, and what may have been meant; undefined when one does.
 * @param name - `server/tool`, attacker-controlled: bounded by whoever parsed it
 */
export function unknownTool(name: string, servers: readonly ServerRecord[]): string | undefined {
  const offered = servers
    .filter(({ state }) => state === "active")
    .flatMap(({ id, tools }) => tools.map((tool) => `${id}/${tool.name}`));
  if (offered.includes(name)) return undefined;
  const near = nearNames(name, offered);
  const meant = near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
  return `no registered server offers ${JSON.stringify(name.slice(0, 128))}${meant}`;
}
