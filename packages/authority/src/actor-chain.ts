import { type JsonObject, readObject, readOptional, readString } from "@narrowgate/kernel";
import { asAuthorityInput, refuseMalformed } from "./malformed.ts";

/** Most layers of a chain. @see docs/spec/authority.md A-19 */
export const maxChainDepth = 8;

const maxTextLength = 512;
// Identifiers that show as what they are: no control character.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is excluded
const identifier = /^[^\u0000-\u001f\u007f]+$/;

/** One who acted. `iss` says whose name `sub` is: only the pair identifies anybody. */
export interface Actor {
  readonly iss: string;
  readonly sub: string;
  readonly subProfile?: string;
}

/**
 * Who acts, and who acted before; outermost first, so the first presents the token.
 * @see RFC 8693 section 4.1; docs/spec/authority.md section 7
 */
export type ActorChain = readonly [Actor, ...Actor[]];

function readText(value: unknown, path: string): string {
  const text = readString(value, path, { min: 1, max: maxTextLength, pattern: identifier });
  return text.isWellFormed() ? text : refuseMalformed(path, "holds a lone surrogate");
}

function readLayers(value: unknown, path: string, left: number): ActorChain {
  if (left === 0) refuseMalformed(path, `is a chain of more than ${maxChainDepth} layers`);
  const sent = readObject(value, path, ["iss", "sub", "sub_profile", "act"]);
  const subProfile = readOptional(sent.sub_profile, (v) => readText(v, `${path}/sub_profile`));
  const actor: Actor = {
    iss: readText(sent.iss, `${path}/iss`),
    sub: readText(sent.sub, `${path}/sub`),
    ...(subProfile === undefined ? {} : { subProfile }),
  };
  return sent.act === undefined ? [actor] : [actor, ...readLayers(sent.act, `${path}/act`, left - 1)];
}

/**
 * Reads the claim `act`.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_authority`, also for a chain of more than 8 layers
 * @see docs/spec/authority.md
 */
export function parseActorChain(value: unknown): ActorChain {
  return asAuthorityInput(() => readLayers(value, "/act", maxChainDepth));
}

/** Wire form of a chain, the claim `act`. @see RFC 8693 section 4.1 */
export function formatActorChain(chain: ActorChain): JsonObject {
  const [{ iss, sub, subProfile }, next, ...rest] = chain;
  return {
    iss,
    sub,
    ...(subProfile === undefined ? {} : { sub_profile: subProfile }),
    ...(next === undefined ? {} : { act: formatActorChain([next, ...rest]) }),
  };
}

/** Number of layers, 1 to 8; 0 for no chain. */
export function chainDepth(chain: ActorChain | undefined): number {
  return chain?.length ?? 0;
}

/** Who presents the token. */
export function outermostActor(chain: ActorChain): Actor {
  return chain[0];
}

/** Everybody in the chain, outermost first. */
export function actorsOf(chain: ActorChain | undefined): readonly Actor[] {
  return chain ?? [];
}

/** Tells whether two layers name the same actor; what kind of actor it is said to be does not matter. */
export function isSameActor(a: Actor, b: Actor): boolean {
  return a.iss === b.iss && a.sub === b.sub;
}
