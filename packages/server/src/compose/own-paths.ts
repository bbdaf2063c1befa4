import { dirname } from "node:path";
import type { Config } from "../config/config.ts";

/** Where this server's own files are, keys and store above all: what no child server may be shown. Absolute. */
export function ownPaths({ dataDirectory, anchorFile, store, tls }: Config): readonly string[] {
  return [
    dataDirectory,
    dirname(anchorFile),
    ...(store.kind === "sqlite" ? [dirname(store.path)] : []),
    ...(tls === undefined ? [] : [tls.keyFile]),
  ];
}
