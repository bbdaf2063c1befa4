/** Takes the bytes of a child apart into lines. */
export interface LineSplitter {
  /** @returns false when a line is longer than allowed; the splitter is of no use afterwards */
  push(chunk: Uint8Array): boolean;
}

const newline = 10;

/**
 * Splits a byte stream into lines of at most `maxBytes`, without copying a line that came in one piece.
 * Trust: the bytes are a stranger's.
 */
export function splitLines(maxBytes: number, onLine: (line: Uint8Array) => void): LineSplitter {
  let held: Uint8Array[] = [];
  let heldBytes = 0;

  const finish = (last: Uint8Array): void => {
    const line = held.length === 0 ? last : Buffer.concat([...held, last]);
    held = [];
    heldBytes = 0;
    onLine(line);
  };

  return {
    push(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
        if (heldBytes + at - from > maxBytes) return false;
        finish(chunk.subarray(from, at));
        from = at + 1;
      }
      if (from < chunk.length) {
        held.push(chunk.subarray(from));
        heldBytes += chunk.length - from;
      }
      return heldBytes <= maxBytes;
    },
  };
}
