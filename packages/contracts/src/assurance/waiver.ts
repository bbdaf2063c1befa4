import { id, integer, literal, refuseInput, text } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";

/** Longest life of a waiver: 30 days. */
export const MAX_WAIVER_MS: number = 30 * 24 * 3_600_000;

/** Controls that nobody can waive. */
export const NON_WAIVABLE: ReadonlySet<string> = new Set([
  "APR-01",
  "APR-02",
  "CRD-01",
  "CRD-02",
  "CRD-03",
  "CTN-01",
  "DEL-01",
  "DEL-02",
  "EVD-01",
  "EVD-02",
  "POL-01",
  "POL-06",
  "REL-01",
  "REL-02",
  "REL-03",
  "TSC-01",
]);

/** A control that is let go for a while, by somebody, for a reason, with something in its place. */
export type Waiver = {
  readonly format: "narrowgate-waiver/1";
  readonly id: string;
  readonly control: string;
  readonly agent: string;
  readonly owner: string;
  readonly reason: string;
  /** The control that stands in; it must be at `pass` while the waiver counts. */
  readonly compensating: string;
  /** Unix milliseconds. */
  readonly from: number;
  readonly until: number;
};

const words = text({ min: 1, max: 1024 });
const controlId = text({ min: 6, max: 6, pattern: /^[A-Z]{3}-[0-9]{2}$/ });

const read: Reader<Waiver> = shape<Waiver>({
  format: literal("narrowgate-waiver/1"),
  id,
  control: controlId,
  agent: words,
  owner: words,
  reason: words,
  compensating: controlId,
  from: integer(),
  until: integer(),
});

/**
 * Reads a waiver: at most 30 days, of a control that can be waived, compensated by another.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_input`
 */
export function parseWaiver(value: unknown): Waiver {
  const waiver = read(value, "");
  if (NON_WAIVABLE.has(waiver.control)) refuseInput("/control", "cannot be waived");
  if (waiver.compensating === waiver.control) refuseInput("/compensating", "is the control that is waived");
  if (waiver.until <= waiver.from || waiver.until - waiver.from > MAX_WAIVER_MS)
    refuseInput("/until", "must be after `from`, by 30 days at most");
  return waiver;
}
