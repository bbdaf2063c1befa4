import { isNarrowgateError, parseStrictJson, readArray, readString } from "@narrowgate/kernel";

/** What the id of a client that registered itself begins with; no agent's id holds a colon. */
const PREFIX = "registered:";
const MAX_ID = 512;
const MAX_ADDRESSES = 5;
const MAX_NAME = 64;
const NAME = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;
/** http on the person's own machine: nothing that is said to a browser leaves it. No user, no fragment. */
const LOOPBACK =
  /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?(?:[/?][\x21\x22\x24-\x5b\x5d-\x7e]*)?$/;

/** A client that registered itself. Trust: all of it is its own word, and anybody can say it. */
export interface RegisteredClient {
  /** What it calls itself; may be empty. */
  readonly name: string;
  readonly redirectUris: readonly string[];
}

/** Whether a client that registers itself may be sent back there. */
export function isLoopbackAddress(uri: string): boolean {
  return uri.length <= 256 && LOOPBACK.test(uri) && URL.canParse(uri);
}

/** Whether a name can be shown on a page as what a client calls itself. */
export function isShowable(name: string): boolean {
  return name.length <= MAX_NAME && NAME.test(name) && name.isWellFormed();
}

/** Whether an id is one of clients that register themselves, well made or not. */
export function isRegisteredId(clientId: string): boolean {
  return clientId.startsWith(PREFIX);
}

/**
 * The id of a client that registers itself: it says all there is to know of it, so that nothing has to be kept, nothing
 * can be filled up, and a restart loses nothing. It is no secret and proves nothing.
 * @returns undefined when it would be too long
 */
export function registeredId({ name, redirectUris }: RegisteredClient): string | undefined {
  const text = JSON.stringify([name, ...redirectUris]);
  const id = `${PREFIX}${Buffer.from(text).toString("base64url")}`;
  return id.length <= MAX_ID ? id : undefined;
}

/**
 * Reads such an id. INVARIANT: the rules of registration hold for whatever is read, so that an id which somebody made up is
 * no more than one that was given. Trust: attacker-controlled.
 */
export function readRegistered(clientId: string): RegisteredClient | undefined {
  if (!isRegisteredId(clientId) || clientId.length > MAX_ID) return undefined;
  try {
    const text = Buffer.from(clientId.slice(PREFIX.length), "base64url").toString();
    const rules = { min: 2, max: MAX_ADDRESSES + 1 };
    const [name = "", ...redirectUris] = readArray(
      parseStrictJson(text, { maxBytes: MAX_ID, maxDepth: 2 }),
      "/client_id",
      (item, path) => readString(item, path, { max: 256 }),
      rules,
    );
    const client = { name, redirectUris };
    const isFit = isShowable(name) && redirectUris.every(isLoopbackAddress);
    // One client has one id: other spellings of the same are none.
    return isFit && registeredId(client) === clientId ? client : undefined;
  } catch (error) {
    if (!isNarrowgateError(error)) throw error;
    return undefined;
  }
}
