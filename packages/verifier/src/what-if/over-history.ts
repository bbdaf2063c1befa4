import { OVERLAYS_PATH } from "@narrowgate/contracts";
import {
  compileOverlays,
  type DecidingFace,
  forbiddenBy,
  type PolicyBundle,
  type PolicyEngine,
} from "@narrowgate/policy";
import { decisionRequestOf } from "./decision-request.ts";
import type { RecordedDecision } from "./recorded-decisions.ts";

/** An overlay by the id of its leaf; undefined where its text is not in hand, or does not fit. */
export type OverlayById = (overlay: string) => DecidingFace | undefined;

/** What stood over a decision and said something against it. */
export interface Forbidding {
  /** Leaf id. */
  readonly overlay: string;
  /** Sorted ids of its policies. */
  readonly policies: readonly string[];
  readonly reason: string;
}

/** What the overlays that a decision names say against it. */
export interface OverlaysSay {
  readonly forbidding: readonly Forbidding[];
  /** Leaf ids of those that could not be asked. */
  readonly unasked: readonly string[];
}

/**
 * Overlays against the schema of a bundle, each compiled once.
 * @param textOf - the text of an overlay, by the id of its leaf. Trust: an operator's
 */
export function overlaysAgainst(
  engine: PolicyEngine,
  base: PolicyBundle,
  textOf: (overlay: string) => string | undefined,
): OverlayById {
  const known = new Map<string, DecidingFace | undefined>();
  return (id) => {
    if (known.has(id)) return known.get(id);
    const text = textOf(id);
    // What is not in hand now may be later.
    if (text === undefined) return undefined;
    const outcome = compileOverlays(engine, base, [{ id, text }]);
    const face = outcome.kind === "compiled" ? outcome.policies : undefined;
    known.set(id, face);
    return face;
  };
}

/**
 * Asks each overlay that a decision names by itself: which of them forbade it.
 * @throws NarrowgateError `malformed_input`, `malformed_authority` when the inputs rebuild no request
 * @see docs/spec/evidence.md E-37
 */
export function overlaysOver(
  { inputs }: Pick<RecordedDecision, "inputs">,
  overlayOf: OverlayById,
): OverlaysSay {
  const value = inputs.find(({ path }) => path === OVERLAYS_PATH)?.value;
  const named = Array.isArray(value) ? value.filter((id) => typeof id === "string") : [];
  const forbidding: Forbidding[] = [];
  const unasked: string[] = [];
  for (const overlay of named) {
    const face = overlayOf(overlay);
    const said = face === undefined ? undefined : forbiddenBy(face, decisionRequestOf(inputs));
    if (face === undefined) unasked.push(overlay);
    else if (said !== undefined) forbidding.push({ overlay, policies: said.policies, reason: said.reason });
  }
  return { forbidding, unasked };
}
