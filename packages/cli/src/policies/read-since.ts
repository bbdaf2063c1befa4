import { NarrowgateError } from "@narrowgate/kernel";

const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000 } as const;

/**
 * When something began: `30d`, `12h`, `45m` before now, or a date as `2027-03-01`.
 * @returns Unix milliseconds
 * @throws `usage`
 */
export function readSince(text: string, nowMs: number): number {
  const [, count = "", unit] = /^(\d{1,5})([dhm])$/.exec(text) ?? [];
  if (unit === "d" || unit === "h" || unit === "m") return Math.max(0, nowMs - Number(count) * unitMs[unit]);
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(date))
    throw new NarrowgateError("usage", "--since is 30d, 12h, 45m or a date as 2027-03-01");
  return date;
}
