import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MutationRoom } from "./rooms.ts";

/** Files of a room that are mutated in one go. */
export interface Batch {
  /** `ROOM-NUMBER`. */
  readonly name: string;
  readonly files: readonly string[];
}

const LINES = 200;

/**
 * Divides a room, so that a run that is ended early has something to show and something to go on from. Files keep the
 * order of the room's patterns: what matters most is named first.
 */
export function batchesOf(room: MutationRoom, root: string): readonly Batch[] {
  const batches: string[][] = [];
  let lines = Number.POSITIVE_INFINITY;
  for (const file of filesOf(room, root)) {
    const size = readFileSync(join(root, file), "utf8").split("\n").length;
    if (lines + size > LINES) {
      batches.push([]);
      lines = 0;
    }
    lines += size;
    batches.at(-1)?.push(file);
  }
  return batches.map((files, index) => ({ name: `${room.name}-${index + 1}`, files }));
}

function filesOf(room: MutationRoom, root: string): readonly string[] {
  const found = room.mutate.flatMap((pattern) => globSync(pattern, { cwd: root }).toSorted());
  return [...new Set(found)].filter((file) => !file.endsWith(".test.ts"));
}
