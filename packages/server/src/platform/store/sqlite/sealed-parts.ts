import { readCount, sealedParts } from "../read-row.ts";
import type { SealedRow } from "../store.ts";
import type { SqliteStatements } from "./sqlite-statements.ts";

/** Entries in a stretch of the log; part of the stored form. */
export const stretchLength = 1024;
/** Positions that an entry takes in the table of sealed parts; part of the stored form. */
const positionsPerEntry = 4;

/** Adds sealed parts in the caller's transaction, and notes in which stretch of the log each key was used. */
export function addSealedParts(sql: SqliteStatements, rows: readonly SealedRow[]): void {
  const noted = new Map<string, number>();
  for (const row of rows) {
    const position = row.index * positionsPerEntry + sealedParts.indexOf(row.part);
    sql.addSealed.run(position, row.keyId, row.ciphertext);
    const stretch = Math.floor(row.index / stretchLength);
    if (noted.get(row.keyId) === stretch) continue;
    sql.noteKey.run(row.keyId, stretch);
    noted.set(row.keyId, stretch);
  }
}

/** Deletes every part under a key in the caller's transaction; reads the stretches in which it was used, whole. */
export function eraseSealedParts(sql: SqliteStatements, keyId: string): void {
  const positions = stretchLength * positionsPerEntry;
  for (const row of sql.stretches.all(keyId)) {
    const first = readCount(row, "stretch") * positions;
    sql.eraseStretch.run(first, first + positions, keyId);
  }
  sql.forgetKey.run(keyId);
}
