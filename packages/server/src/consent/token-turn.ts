import { AsyncLocalStorage } from "node:async_hooks";
import type { StateChange } from "@narrowgate/contracts";

/**
 * One request at the token endpoint while the provider has it: whose key it came with, and what is to change if a token
 * comes of it.
 */
export interface TokenTurn {
  /** Thumbprint of the key that was proven. */
  readonly jkt: string;
  /** The consent that code, refresh token or request belongs to, once the provider found it. */
  consent: string | undefined;
  readonly changes: StateChange[];
  /** Newest last. */
  readonly undo: (() => void)[];
}

const turns = new AsyncLocalStorage<TokenTurn>();

/** The turn this code runs in, if it does. */
export function currentTurn(): TokenTurn | undefined {
  return turns.getStore();
}

/** Runs a request of a proven key. */
export async function inTurn<T>(jkt: string, run: (turn: TokenTurn) => Promise<T>): Promise<T> {
  const turn: TokenTurn = { jkt, consent: undefined, changes: [], undo: [] };
  return turns.run(turn, () => run(turn));
}

/** Takes back what the provider did in a turn that came to nothing. */
export function undoTurn(turn: TokenTurn): void {
  for (const undo of turn.undo.splice(0).reverse()) undo();
}
