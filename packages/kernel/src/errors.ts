const brand: symbol = Symbol.for("narrowgate.error");

/** What a {@link NarrowgateError} may carry beside its code and public message. */
export interface NarrowgateErrorExtra {
  /** For operators only; never shown to the caller. Must hold no secret. */
  readonly detail?: string;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * The one error class of the product.
 * Trust: `publicMessage` is shown to whoever sent the request, so it holds nothing but what they may know;
 * `detail` and `cause` are for operators.
 * `code` is an entry of the error catalogue.
 */
export class NarrowgateError extends Error {
  readonly code: string;
  readonly publicMessage: string;
  declare readonly detail?: string;

  constructor(code: string, publicMessage: string, extra: NarrowgateErrorExtra = {}) {
    super(`${code}: ${publicMessage}`, "cause" in extra ? { cause: extra.cause } : undefined);
    this.name = "NarrowgateError";
    this.code = code;
    this.publicMessage = publicMessage;
    if (extra.detail !== undefined) this.detail = extra.detail;
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Tells whether `e` is a {@link NarrowgateError}, also when it was made by another copy of this package.
 * Trust: `e` may be anything that was thrown.
 */
export function isNarrowgateError(e: unknown): e is NarrowgateError {
  // INVARIANT: the brand is a symbol, which no parsed JSON can carry.
  return e instanceof Error && Object.hasOwn(e, brand);
}

/**
 * Asserts what the surrounding code guarantees; not for checking input.
 * @throws NarrowgateError `internal_error` when `cond` is false; `message` goes to `detail`
 */
export function invariant(cond: unknown, message: string): asserts cond {
  if (!cond) throw new NarrowgateError("internal_error", "internal error", { detail: message });
}
