import { NarrowgateError, readArray, readBoolean, readObject, readString } from "@narrowgate/kernel";
import { openToStrangers } from "./shared-issuers.ts";

/** Jobs of a platform that may ask whether an agent's release is ready. */
export interface CiRule {
  /** Agent id. */
  readonly agent: string;
  /** Registered issuer of the job's token. */
  readonly issuer: string;
  /** What the token must say, each exactly; of a list one. */
  readonly claims: Readonly<Record<string, string | readonly string[]>>;
}

const word = { min: 1, max: 1024 };
function readClaims(value: unknown, path: string): CiRule["claims"] {
  if (typeof value !== "object" || value === null || Array.isArray(value) || Object.keys(value).length === 0)
    throw new NarrowgateError("malformed_input", `${path}: must name claims, at least one`);
  const entries = Object.entries(value).map(([name, rule]: [string, unknown]) => {
    const at = `${path}/${name}`;
    const read = Array.isArray(rule)
      ? readArray(rule, at, (one, where) => readString(one, where, word), { min: 1, max: 64 })
      : readString(rule, at, word);
    return [name, read] as const;
  });
  return Object.fromEntries(entries);
}

function readRule(value: unknown, path: string): CiRule {
  const row = readObject(value, path, ["agent", "issuer", "claims", "own_issuer"]);
  const rule = {
    agent: readString(row.agent, `${path}/agent`, word),
    issuer: readString(row.issuer, `${path}/issuer`, word),
    claims: readClaims(row.claims, `${path}/claims`),
  };
  const isOwn = row.own_issuer === undefined ? false : readBoolean(row.own_issuer, `${path}/own_issuer`);
  const open = openToStrangers(rule.issuer, Object.keys(rule.claims), isOwn);
  if (open !== undefined) throw new NarrowgateError("malformed_input", `${path}/${open.at}: ${open.why}`);
  return rule;
}

/** Reads `ci`; none when it is absent. @throws `malformed_input` naming the path */
export function readCi(value: unknown): readonly CiRule[] {
  return value === undefined ? [] : readArray(value, "/ci", readRule, { max: 64 });
}
