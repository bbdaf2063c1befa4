import type { ErrorCode } from "../../errors/catalogue.ts";
import { isErrorCode } from "../../errors/lookup.ts";
import { refuseInput } from "../../reading/readers.ts";
import type { Reader } from "../../reading/shape.ts";

/** A code of the error catalogue. */
export const errorCode: Reader<ErrorCode> = (value, path) =>
  isErrorCode(value) ? value : refuseInput(path, "must be a code of the error catalogue");
