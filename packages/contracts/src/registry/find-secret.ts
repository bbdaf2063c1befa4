import { NarrowgateError } from "@narrowgate/kernel";

// Each pattern names something whose holder can act as somebody. Sources: the issuers' own published formats.
const secretForms: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----/,
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/,
  /\bgh[pousr]_[A-Za-z0-9]{16,}/,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/,
  /\bgl(?:pat|ptt|dt|rt|cbt)-[A-Za-z0-9_-]{16,}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bAIza[A-Za-z0-9_-]{30,}/,
  /\bya29\.[A-Za-z0-9_-]{20,}/,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/,
  /\bsk-[A-Za-z0-9_-]{16,}/,
  /\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}/,
  /\bnpm_[A-Za-z0-9]{20,}/,
  /\bpypi-[A-Za-z0-9_-]{20,}/,
  /\bhf_[A-Za-z0-9]{20,}/,
  /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/,
  /\bdop_v1_[0-9a-f]{32,}/,
  /[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i,
];

const strongName = /(?:password|passwd|passphrase|secret|api_?key|private_?key|access_?key)$/i;
const weakName = /(?:token|credentials?|auth|authorization|pwd|key)$/i;
const assignment = /^-{0,2}([A-Za-z][A-Za-z0-9_-]*)[=:](.+)$/s;

/** Bits per character, by the frequencies in the text itself. */
function entropyBits(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

function isNamedSecret(name: string, value: string): boolean {
  const plainName = name.replaceAll("-", "_");
  if (strongName.test(plainName)) return value.length >= 6;
  return weakName.test(plainName) && value.length >= 12 && !/\s/.test(value) && entropyBits(value) >= 3;
}

function isSecretText(name: string, value: string): boolean {
  if (secretForms.some((form) => form.test(value))) return true;
  if (isNamedSecret(name, value)) return true;
  const [, left, right] = assignment.exec(value) ?? [];
  return left !== undefined && right !== undefined && isNamedSecret(left, right);
}

function isPrivateJwk(value: object): boolean {
  return Object.hasOwn(value, "kty") && ["d", "k", "p", "q"].some((name) => Object.hasOwn(value, name));
}

const maxDepth = 64;

function search(value: unknown, name: string, path: string, depth: number): string | undefined {
  if (typeof value === "string") return isSecretText(name, value) ? path : undefined;
  if (typeof value !== "object" || value === null || depth === 0) return undefined;
  if (isPrivateJwk(value)) return path;
  // A list hands its own name down: `tokens: [..]` is as telling as `token: ..`; positions are no names.
  const isList = Array.isArray(value);
  for (const key of Object.keys(value)) {
    const step = key.replaceAll("~", "~0").replaceAll("/", "~1");
    const found = search(
      Reflect.get(value, key),
      isList ? name.replace(/s$/, "") : key,
      `${path}/${step}`,
      depth - 1,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Finds a value that looks like a secret: a private key, a well-known token form, a password in a URL, or a random
 * value under a telling name (also as `--name=value` in a command).
 * Trust: `value` may be anything; nesting beyond 64 is not looked at and is refused by every parser here.
 * @returns the JSON pointer of the first one, never its value
 */
export function findSecret(value: unknown): string | undefined {
  return search(value, "", "", maxDepth);
}

/**
 * Refuses a configuration that holds a secret.
 * @throws NarrowgateError `secret_in_config`, naming the path and never the value
 */
export function refuseSecrets(value: unknown): void {
  const path = findSecret(value);
  if (path !== undefined) {
    throw new NarrowgateError(
      "secret_in_config",
      `${path === "" ? "the document" : path}: looks like a secret`,
    );
  }
}
