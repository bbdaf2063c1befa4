import { randomBytes } from "node:crypto";

/** 32 characters, five bits each: no I, O, 0 or 1, which are taken for one another. */
const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** Longest text that is looked at for a code; nobody types more. */
const MAX_TYPED_CHARS = 64;

/**
 * Makes a code that a person types by hand.
 * @param length - in characters, five bits of chance each
 */
export function newTypedCode(length: number): string {
  // 32 divides 256, so every character is equally likely.
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte % ALPHABET.length] ?? "").join("");
}

/** A code as it is shown: in groups of four. */
export function shownCode(code: string): string {
  return code.replace(/(.{4})(?=.)/g, "$1-");
}

/** The code in what was typed by hand: case, spaces and dashes do not count. Trust: `typed` is attacker-controlled. */
export function plainCode(typed: string): string {
  return typed.slice(0, MAX_TYPED_CHARS).toUpperCase().replace(/[\s-]/g, "");
}
