import { NarrowgateError, readArray, readObject, readString } from "@narrowgate/kernel";

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
const GITHUB = "https://token.actions.githubusercontent.com";
/** Claims of which one says whose repository it is: every repository there is has jobs at this issuer. */
const GITHUB_OWNED = ["repository", "repository_id", "sub"];

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
  const row = readObject(value, path, ["agent", "issuer", "claims"]);
  const rule = {
    agent: readString(row.agent, `${path}/agent`, word),
    issuer: readString(row.issuer, `${path}/issuer`, word),
    claims: readClaims(row.claims, `${path}/claims`),
  };
  const isAnybody = rule.issuer === GITHUB && !GITHUB_OWNED.some((name) => name in rule.claims);
  if (isAnybody)
    throw new NarrowgateError(
      "malformed_input",
      `${path}/claims: must say whose repository it is, by ${GITHUB_OWNED.join(", ")}`,
    );
  return rule;
}

/** Reads `ci`; none when it is absent. @throws `malformed_input` naming the path */
export function readCi(value: unknown): readonly CiRule[] {
  return value === undefined ? [] : readArray(value, "/ci", readRule, { max: 64 });
}
