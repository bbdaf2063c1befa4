import { id, txnId } from "../../reading/readers.ts";
import type { Reader } from "../../reading/shape.ts";

/** A transaction id, or a ref. */
export const txnOrId: Reader<string> = (value, path) =>
  typeof value === "string" && value.includes(".") ? txnId(value, path) : id(value, path);
