import { describeError, type ErrorCode, errorRow, isErrorCode } from "@narrowgate/contracts";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";
import type { Terminal } from "./terminal/terminal.ts";

/** A failure as it is shown. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly exit: number;
}

/** What the operating system said, as one of our own errors; undefined for anything that is a fault of ours. */
function fromSystem(error: unknown): NarrowgateError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path } = Object(error);
  const where = typeof path === "string" ? ` ${path}` : "";
  switch (code) {
    case "ENOENT":
      return new NarrowgateError("not_found", `there is no file${where}`);
    case "EACCES":
    case "EPERM":
      return new NarrowgateError("usage", `this user may not open${where || " it"}`);
    case "EEXIST":
      return new NarrowgateError("conflict", `${where.trim() || "the file"} exists already`);
    case "EISDIR":
    case "ENOTDIR":
      return new NarrowgateError("usage", `${where.trim() || "the path"} is not what was expected there`);
    case "ENOSPC":
      return new NarrowgateError("store_unavailable", "the disk is full");
    default:
      return undefined;
  }
}

/** Reads a failure out of whatever was thrown; what is not ours becomes `internal_error` and shows nothing of itself. */
export function failureOf(error: unknown): Failure {
  const known = isNarrowgateError(error) ? error : fromSystem(error);
  const code = known !== undefined && isErrorCode(known.code) ? known.code : "internal_error";
  const message = describeError(code, code === "internal_error" ? undefined : known?.publicMessage);
  return { code, message, exit: errorRow(code).exit };
}

/** Says what failed, in one sentence with its code, and what it means for the exit code. */
export function reportFailure(error: unknown, terminal: Terminal, isDebug: boolean): number {
  const failure = failureOf(error);
  if (terminal.json) terminal.out(JSON.stringify({ error: { ...failure } }));
  else terminal.note(`${terminal.paint("bad", "narrowgate:")} ${failure.message} (${failure.code})`);
  if (isDebug && error instanceof Error) terminal.note(error.stack ?? error.message);
  return failure.exit;
}
