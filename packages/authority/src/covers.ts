import type { Authority, AuthorizationDetail, Call, Violation } from "./authority.ts";
import { comparators } from "./comparators.ts";
import { type Excess, farthest } from "./compare-detail.ts";
import { admits, formatConstraint } from "./constraint.ts";
import { isAtOrBelow } from "./data-class.ts";
import { pointerSteps, valueAt } from "./pointer.ts";

/** Whether an authority covers a call: by which of its details, or the first reason why not. */
export type Coverage =
  | { readonly kind: "covered"; readonly detail: number }
  | { readonly kind: "outside"; readonly violation: Violation };

/** An authority made ready to be asked many times. */
export interface CompiledAuthority {
  /** As {@link covers}. */
  readonly covers: (call: Call) => Coverage;
}

interface CompiledDetail {
  readonly detail: AuthorizationDetail;
  readonly constraints: readonly {
    readonly pointer: string;
    readonly steps: readonly string[];
    readonly holds: (value: unknown) => boolean;
  }[];
}

function compileDetail(detail: AuthorizationDetail): CompiledDetail {
  const constraints = [...detail.constraints].map(([pointer, constraint]) => ({
    pointer,
    steps: pointerSteps(pointer),
    holds: (value: unknown) => admits(constraint, value),
  }));
  return { detail, constraints };
}

function excessOfCall({ detail, constraints }: CompiledDetail, call: Call): Excess | undefined {
  if (comparators[detail.type].callKind !== call.kind) return { dimension: "type" };
  if (detail.server !== call.server) return { dimension: "server" };
  if (!admits(detail.operation, call.name)) return { dimension: "operation" };
  for (const { pointer, steps, holds } of constraints) {
    if (!holds(valueAt(call.arguments, steps))) return { dimension: "constraint", key: pointer };
  }
  return isAtOrBelow(detail.dataClass, call.dataClass) ? undefined : { dimension: "data_class" };
}

function violationOf(excess: Excess, detail: AuthorizationDetail, call: Call): Violation {
  const { dimension, key = "" } = excess;
  switch (dimension) {
    case "operation": {
      const parent = comparators[detail.type].format(detail.operation);
      return { dimension, path: "/name", parent, child: call.name };
    }
    case "constraint": {
      const constraint = detail.constraints.get(key);
      const parent = constraint === undefined ? null : formatConstraint(constraint);
      return { dimension, path: `/arguments${key}`, parent };
    }
    case "data_class":
      return { dimension, path: "/dataClass", parent: detail.dataClass, child: call.dataClass };
    case "server":
      return { dimension, path: "/server", parent: detail.server, child: call.server };
    default:
      return { dimension, path: "/kind", child: call.kind };
  }
}

function coverageOf(details: readonly CompiledDetail[], call: Call): Coverage {
  const failures: { detail: AuthorizationDetail; excess: Excess }[] = [];
  for (const [index, compiled] of details.entries()) {
    const excess = excessOfCall(compiled, call);
    if (excess === undefined) return { kind: "covered", detail: index };
    failures.push({ detail: compiled.detail, excess });
  }
  const nearest = farthest(failures);
  const violation: Violation =
    nearest === undefined
      ? { dimension: "type", path: "/kind", child: call.kind }
      : violationOf(nearest.excess, nearest.detail, call);
  return { kind: "outside", violation };
}

/**
 * Prepares an authority for the hot path: pointers are taken apart once.
 * @see docs/spec/authority.md section 5
 */
export function compileAuthority(authority: Authority): CompiledAuthority {
  const details = authority.details.map(compileDetail);
  return { covers: (call) => coverageOf(details, call) };
}

/**
 * Tells whether an authority covers a call.
 * Trust: `call.server`, `call.name` and `call.arguments` are attacker-controlled; `call.kind` follows from the method and
 * `call.dataClass` comes from the registry. A violation never quotes the arguments. Caps, depth and expiry are not looked
 * at here.
 * @returns the index of the first detail that covers the call, or the first violation
 * @see docs/spec/authority.md section 5, A-8, A-14
 */
export function covers(authority: Authority, call: Call): Coverage {
  return compileAuthority(authority).covers(call);
}
