import { MAX_SAMPLE } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Call } from "../command.ts";

/** How many of the others are drawn, where nothing is said: none of them bad bounds the share of bad ones at 1 %. */
const SAMPLE = 300;

/** The instant of `--since`, Unix milliseconds; undefined without one. @throws `usage` */
export function readSince(call: Call): number | undefined {
  const text = call.text("since");
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(at) || at < 0)
    throw new NarrowgateError(
      "usage",
      "--since is a date or an instant, as in 2026-11-01 or 2026-11-01T08:00:00Z",
    );
  return at;
}

/** The number of `--sample`. @throws `usage` */
export function readSample(call: Call): number {
  const text = call.text("sample") ?? String(SAMPLE);
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MAX_SAMPLE) throw new NarrowgateError("usage", `--sample is 1 to ${MAX_SAMPLE}`);
  return count;
}
