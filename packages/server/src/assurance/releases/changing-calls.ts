import type { StateChange, StateReader, ToolEffect } from "@narrowgate/contracts";
import {
  type JsonValue,
  readBoolean,
  readEnum,
  readInteger,
  readObject,
  readString,
} from "@narrowgate/kernel";

/** Room of the state table in which calls are found again that changed something, by the deployment they were made under. */
export const CHANGING_ROOM = "release-change";

/** A call that was dispatched under a release and changes something where it goes. */
export interface ChangingCall {
  /** Where its `dispatch` leaf stands in the log. */
  readonly dispatch: number;
  readonly server: string;
  readonly kind: "tool" | "prompt" | "resource";
  /** As registered; of a resource the name of its family. */
  readonly name: string;
  readonly effect: ToolEffect;
  /** Whether it sends data out. */
  readonly egress: boolean;
}

/** The calls of one deployment. */
export interface ChangingCalls {
  /** How many there are, or at least so many where `isMore`. */
  readonly total: number;
  readonly isMore: boolean;
  /** Newest first, at most {@link MAX_LISTED}. */
  readonly newest: readonly ChangingCall[];
}

/** Calls that are listed one by one. */
export const MAX_LISTED = 1000;
/** Calls that are counted; further ones are said to be more. */
const MAX_COUNTED = 1_000_000;
/** Keeps keys sorted newest first. */
const FAR_INDEX = 999_999_999_999_999;

/** The row by which a call is found again. @param deployment - digest that its token names */
export function changingRow(deployment: string, call: ChangingCall): StateChange {
  const key = `${deployment}:${String(FAR_INDEX - call.dispatch).padStart(15, "0")}`;
  return { room: CHANGING_ROOM, key, value: { ...call } };
}

const MEMBERS = ["dispatch", "server", "kind", "name", "effect", "egress"] as const;

function readCall(value: JsonValue, path: string): ChangingCall {
  const row = readObject(value, path, MEMBERS);
  return {
    dispatch: readInteger(row.dispatch, `${path}/dispatch`),
    server: readString(row.server, `${path}/server`),
    kind: readEnum(row.kind, `${path}/kind`, ["tool", "prompt", "resource"]),
    name: readString(row.name, `${path}/name`),
    effect: readEnum(row.effect, `${path}/effect`, ["read", "write", "irreversible"]),
    egress: readBoolean(row.egress, `${path}/egress`),
  };
}

/**
 * What was called under a deployment and changed something: the newest, and how many in all.
 * @throws `malformed_input` when a row is not what we wrote
 */
export async function changingCalls(state: StateReader, deployment: string): Promise<ChangingCalls> {
  const prefix = `${deployment}:`;
  const newest: ChangingCall[] = [];
  let total = 0;
  for (let after: string | undefined; total < MAX_COUNTED; ) {
    const page = await state.scan(CHANGING_ROOM, {
      prefix,
      ...(after === undefined ? {} : { after }),
      limit: MAX_LISTED,
    });
    if (total === 0)
      newest.push(...page.map(({ key, value }) => readCall(value, `/${CHANGING_ROOM}/${key}`)));
    total += page.length;
    after = page.at(-1)?.key;
    if (page.length < MAX_LISTED) return { total, isMore: false, newest };
  }
  return { total, isMore: true, newest };
}
