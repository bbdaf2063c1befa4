import { type Call, type CompiledAuthority, compileAuthority } from "@narrowgate/authority";
import {
  amountOf,
  exceedsStore,
  exceedsTier,
  isOutsideIntent,
  joinLabels,
  needsPerson,
  rebuildRequest,
  T3_REQUIRES,
  TOOL_EFFECTS,
  TOP_LABEL,
  type ToolEffect,
} from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { type CompiledPolicies, type DecidingFace, type Obligations, overlaid } from "@narrowgate/policy";
import { type DecidedInput, DecidingKeys } from "./deciding-key.ts";
import { isJsonObject } from "./json-object.ts";
import { type RebuiltRequest, readRequest } from "./read-request.ts";

/** What a decision must have been. */
export interface Expected {
  readonly verdict: "permit" | "refuse";
  readonly code?: string;
  /** Sorted ids. */
  readonly policies: readonly string[];
  readonly requires?: readonly string[];
  readonly obligations?: Obligations;
}

/** Refusals after policy, when the request does not hold what they rest on (E-17). */
export function isBeyondRecord(code: string | undefined, { call }: JsonObject): boolean {
  if (code === "cap_spent") return true;
  const knowsScope = isJsonObject(call) && call.scope !== undefined;
  return code === "insufficient_scope" && !knowsScope;
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The effect of what is called, as its entity says. */
function effectOf({ request }: RebuiltRequest): ToolEffect {
  const { resource, entities } = request;
  const entity = entities.find(({ uid }) => uid.type === resource.type && uid.id === resource.id);
  const effect = TOOL_EFFECTS.find((known) => known === entity?.attrs.effect);
  // What nobody declared is taken as the worst.
  return effect ?? "irreversible";
}

/** The tier of the agent that asks, as its entity says. */
function tierOf({ request }: RebuiltRequest): string {
  const { principal, entities } = request;
  const entity = entities.find(({ uid }) => uid.type === principal.type && uid.id === principal.id);
  return String(entity?.attrs.tier);
}

/** Rules of the procedure that no policy lifts: E-33, E-34, E-29, E-30. */
function brokenRule(read: RebuiltRequest): string | undefined {
  const { call, labels, request } = read;
  if (call === undefined) return undefined;
  const { intent, args } = request.context;
  const named = isJsonObject(intent) ? intent : {};
  const known = { tools: texts(named.tools), resources: texts(named.resources) };
  if (isOutsideIntent(known, call.call)) return "outside_intent";
  if (exceedsTier(tierOf(read), effectOf(read))) return "tier_exceeded";
  const carried = labels === undefined ? TOP_LABEL : joinLabels(labels.transaction, labels.instance);
  if (exceedsStore(carried, effectOf(read), labels?.store)) return "label_exceeded";
  const isCounted = amountOf(call.amount, isJsonObject(args) ? args : {}) !== undefined;
  return isCounted ? undefined : "policy_context_invalid";
}

const maxKept = 65_536;
const maxAuthorities = 10_000;

/** The arguments of a call are what policy sees as `context.args`. */
function withArguments(call: Call, { args }: JsonObject): Call {
  return args === undefined ? call : { ...call, arguments: args };
}

/** Decides again, requests that must be decided alike once (per policy bundle). */
export class Recomputer {
  readonly #policies: DecidingFace;
  readonly #keys: DecidingKeys;
  readonly #decided: Map<string, Expected> = new Map();
  readonly #authorities: Map<string, CompiledAuthority> = new Map();

  #distinct = 0;

  /** @param overlay - forbids that are put over the policies (E-37) */
  constructor(policies: CompiledPolicies, overlay?: CompiledPolicies) {
    this.#policies = overlay === undefined ? policies : overlaid(policies, overlay);
    this.#keys = overlay === undefined ? new DecidingKeys(policies) : new DecidingKeys(policies, overlay);
  }

  /** Requests that were decided anew. */
  get distinct(): number {
    return this.#distinct;
  }

  /**
   * Decides on a request.
   * @param rebuild - gives the request as the inputs rebuild it
   * @throws NarrowgateError when the request is not in form
   */
  decide(
    inputs: readonly DecidedInput[],
    rebuild: () => JsonObject = () => rebuildRequest(inputs),
  ): Expected {
    const key = this.#keys.keyOf(inputs);
    const known = this.#decided.get(key);
    if (known !== undefined) return known;
    this.#distinct += 1;
    const request = rebuild();
    const expected = this.#decideNew(readRequest(request), request);
    if (this.#decided.size >= maxKept) this.#decided.clear();
    this.#decided.set(key, expected);
    return expected;
  }

  // ORDER: authority, pin, intent, tier, flow, policy, tier again, scope (evidence.md E-16, E-34).
  #decideNew(read: RebuiltRequest, rebuilt: JsonObject): Expected {
    const { request, call, pin } = read;
    if (
      call !== undefined &&
      this.#compiled(call, rebuilt).covers(withArguments(call.call, request.context)).kind === "outside"
    ) {
      return { verdict: "refuse", code: "authority_exceeded", policies: [] };
    }
    if (pin !== undefined && pin.current !== pin.approved) {
      return { verdict: "refuse", code: "tool_changed", policies: [] };
    }
    const broken = brokenRule(read);
    return broken === undefined ? this.#byPolicy(read) : { verdict: "refuse", code: broken, policies: [] };
  }

  #byPolicy(read: RebuiltRequest): Expected {
    const { request, call } = read;
    const { verdict, code, policies, requires, obligations } = this.#policies.decide(request);
    if (verdict === "deny") {
      const lifted = requires === undefined ? {} : { requires };
      return { verdict: "refuse", code: code ?? "policy_denied", policies, ...lifted };
    }
    if (call !== undefined && needsPerson(tierOf(read), effectOf(read), texts(request.context.approvals)))
      return { verdict: "refuse", code: "approval_required", policies: [], requires: T3_REQUIRES };
    if (call?.scope?.some((scope) => !call.authority.scope.includes(scope))) {
      return { verdict: "refuse", code: "insufficient_scope", policies: [] };
    }
    return { verdict: "permit", policies, ...(obligations === undefined ? {} : { obligations }) };
  }

  #compiled({ authority }: NonNullable<RebuiltRequest["call"]>, rebuilt: JsonObject): CompiledAuthority {
    const key = JSON.stringify(rebuilt.authority ?? null);
    const known = this.#authorities.get(key);
    if (known !== undefined) return known;
    const compiled = compileAuthority(authority);
    if (this.#authorities.size >= maxAuthorities) this.#authorities.clear();
    this.#authorities.set(key, compiled);
    return compiled;
  }
}
