import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { type DecisionRequest, type EntityRecord, type EntityRef, entityKey } from "../decision.ts";
import { defaultContext, overContext } from "./default-context.ts";
import { type World, withAncestors } from "./world.ts";

/** An entity as somebody who writes a case names it. */
export interface EntityName {
  readonly type?: string;
  readonly id: string;
  readonly attrs?: JsonObject;
}

/** A request as somebody writes it down, with only what matters. */
export interface ShortRequest {
  readonly principal: EntityName;
  readonly action: string;
  readonly resource: EntityName;
  readonly context: JsonObject;
}

const operationTypes: ReadonlyMap<string, string> = new Map([
  ["call_tool", "Tool"],
  ["read_resource", "Resource"],
  ["get_prompt", "Prompt"],
]);

function resourceType(action: string, { id, type }: EntityName, world: World): string {
  if (type !== undefined) return type;
  const operation = operationTypes.get(action);
  if (operation !== undefined) return operation;
  if (action === "open_mandate") return "Agent";
  return world.has(entityKey({ type: "Server", id })) ? "Server" : "Agent";
}

/** What an entity is that the registry does not have and a case makes up. */
function madeUp({ type, id }: EntityRef): EntityRecord {
  if (type === "Agent")
    return { uid: { type, id }, attrs: { owner: "owner", purpose: "", tier: "T2" }, parents: [] };
  if (type === "Server" || type === "Subject") return { uid: { type, id }, attrs: {}, parents: [] };
  const [server = ""] = id.split("/", 1);
  const name = id.slice(server.length + 1);
  return {
    uid: { type, id },
    attrs: { dataClass: "internal", effect: "read", egress: false, name, server },
    parents: [{ type: "Server", id: server }],
  };
}

function found(ref: EntityRef, attrs: JsonObject | undefined, world: World): readonly EntityRecord[] {
  const known = withAncestors(world, ref);
  const isFree = ref.type === "Subject" || attrs !== undefined;
  if (known === undefined && !isFree)
    throw new NarrowgateError(
      "malformed_input",
      `the registry has no ${ref.type} ${ref.id}; name its attrs to make it up`,
    );
  const [self = madeUp(ref), ...above] = known ?? [];
  const record = { ...self, attrs: { ...self.attrs, ...attrs } };
  const parents = known === undefined ? self.parents.map(madeUp) : above;
  return [record, ...parents];
}

/**
 * Makes a whole request of one that says only what matters: entities from the world, the rest of the context as an
 * unremarkable request has it.
 * @throws NarrowgateError `malformed_input` for an entity the world does not have, or an attribute no request has
 */
export function buildRequest(
  { principal, action, resource, context }: ShortRequest,
  world: World,
): DecisionRequest {
  const by = { type: principal.type ?? "Agent", id: principal.id };
  const on = { type: resourceType(action, resource, world), id: resource.id };
  const entities = new Map(
    [...found(by, principal.attrs, world), ...found(on, resource.attrs, world)].map((entity) => [
      entityKey(entity.uid),
      entity,
    ]),
  );
  return {
    principal: by,
    action: { type: "Action", id: action },
    resource: on,
    context: overContext(defaultContext(action, by), context),
    entities: [...entities.values()],
  };
}
