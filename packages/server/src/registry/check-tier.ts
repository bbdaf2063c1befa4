import { type AgentSpec, exceedsTier, type ToolSpec } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { type Reach, texts, writtenDetails } from "./expand-ceiling.ts";
import type { Problems } from "./problems.ts";

/** Whether some URI can be in both a family and what a ceiling names. */
function touches(family: string, uris: JsonValue | undefined): boolean {
  if (typeof uris === "object" && uris !== null && !Array.isArray(uris)) {
    const { prefix } = Object.fromEntries<JsonValue>(Object.entries(uris));
    return typeof prefix === "string" && (prefix.startsWith(family) || family.startsWith(prefix));
  }
  return texts(uris).some((uri) => uri.startsWith(family));
}

/** Operations that a detail names, each with the member that names it. */
function named(
  written: JsonObject,
  server: { readonly [K in "tools" | "prompts" | "resources"]: readonly ToolSpec[] },
): readonly (readonly [string, ToolSpec])[] {
  const byName = (["tools", "prompts"] as const).flatMap((member) =>
    texts(written[member]).flatMap((name, i) =>
      server[member].filter((one) => one.name === name).map((one) => [`${member}/${i}`, one] as const),
    ),
  );
  const families = server.resources.filter(({ name }) => touches(name, written["uris"]));
  return [...byName, ...families.map((one) => ["uris", one] as const)];
}

/**
 * Refuses a ceiling that names what the tier of its agent may never do: it would be refused at each call.
 * @see docs/spec/evidence.md E-34
 */
export function checkTier(
  { tier, ceiling }: AgentSpec,
  path: string,
  reach: Reach,
  problems: Problems,
): void {
  writtenDetails(ceiling).forEach((written, i) => {
    const id = written["server"];
    const server = typeof id === "string" ? reach.server(id) : undefined;
    if (server === undefined) return;
    for (const [member, { name, effect }] of named(written, server)) {
      if (!exceedsTier(tier, effect)) continue;
      const message = `${name} has the effect ${effect}, and an agent of tier ${tier} only reads`;
      problems.add(`${path}/authorization_details/${i}/${member}`, "tier_exceeded", message);
    }
  });
}
