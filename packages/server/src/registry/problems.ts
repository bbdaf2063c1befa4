import type { ErrorCode } from "@narrowgate/contracts";
import { isNarrowgateError } from "@narrowgate/kernel";

/** Something in a document that cannot be applied, and where. */
export interface Problem {
  /** JSON Pointer into the document, or `file:line` of a policy. */
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** A document that cannot be applied; nothing was changed. */
export interface Refused {
  readonly kind: "refused";
  readonly problems: readonly Problem[];
}

/** Problems found so far; reading goes on, so that an operator sees all of them at once. */
export class Problems {
  readonly list: Problem[] = [];

  add(path: string, code: ErrorCode, message: string): void {
    this.list.push({ path, code, message });
  }

  /** Runs `read`; a refusal of the authority parser becomes a problem below `path`. */
  authority<T>(path: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!isNarrowgateError(error)) throw error;
      // The parser's message begins with a pointer into what it was given.
      const [, pointer = "", message = error.publicMessage] =
        /^(\/[^\s:]*)?:? ?(.*)$/s.exec(error.publicMessage) ?? [];
      this.add(path + pointer, "malformed_authority", message);
      return undefined;
    }
  }
}
