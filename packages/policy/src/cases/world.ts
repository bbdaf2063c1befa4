import type { AgentSpec, ServerSpec, ToolSpec } from "@narrowgate/contracts";
import { type EntityRecord, type EntityRef, entityKey } from "../decision.ts";

/** Entities that requests can be about, by their keys; parents included. */
export type World = ReadonlyMap<string, EntityRecord>;

type Operation = Pick<ToolSpec, "name" | "dataClass" | "effect" | "egress">;

/** What policies see of a registry. */
export interface WorldSource {
  readonly agents: readonly Pick<AgentSpec, "id" | "owner" | "purpose" | "tier">[];
  readonly servers: readonly (Pick<ServerSpec, "id"> & {
    readonly tools: readonly Operation[];
    readonly prompts: readonly Operation[];
    readonly resources: readonly Operation[];
  })[];
}

function agentEntity({ id, owner, purpose, tier }: WorldSource["agents"][number]): EntityRecord {
  return { uid: { type: "Agent", id }, attrs: { owner, purpose, tier }, parents: [] };
}

function operationEntity(server: string, type: string, operation: Operation): EntityRecord {
  const { dataClass, effect, egress, name } = operation;
  return {
    uid: { type, id: `${server}/${name}` },
    attrs: { dataClass, effect, egress, name, server },
    parents: [{ type: "Server", id: server }],
  };
}

function serverEntities({ id, tools, resources, prompts }: WorldSource["servers"][number]): EntityRecord[] {
  return [
    { uid: { type: "Server", id }, attrs: {}, parents: [] },
    ...tools.map((tool) => operationEntity(id, "Tool", tool)),
    ...resources.map((resource) => operationEntity(id, "Resource", resource)),
    ...prompts.map((prompt) => operationEntity(id, "Prompt", prompt)),
  ];
}

/**
 * The agents, servers and operations of a registry as policies see them.
 * Trust: an operator's document, parsed.
 * @see docs/design/policy.md, Schema
 */
export function worldFromRegistry({ agents, servers }: WorldSource): World {
  const entities = [...agents.map(agentEntity), ...servers.flatMap(serverEntities)];
  return new Map(entities.map((entity) => [entityKey(entity.uid), entity]));
}

/** An entity and all above it that the world has; undefined when it is not there. */
export function withAncestors(world: World, ref: EntityRef): readonly EntityRecord[] | undefined {
  const found = new Map<string, EntityRecord>();
  const open = [ref];
  for (const next of open) {
    const entity = world.get(entityKey(next));
    if (entity === undefined) return undefined;
    if (found.has(entityKey(next))) continue;
    found.set(entityKey(next), entity);
    open.push(...entity.parents);
  }
  return [...found.values()];
}
