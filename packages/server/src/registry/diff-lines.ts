const CONTEXT = 2;
/** Above this many comparisons both sides are shown as wholes. */
const MAX_CELLS = 4_000_000;

type Mark = " " | "-" | "+";
type Line = readonly [mark: Mark, text: string];

/** Lengths of the longest common subsequences of all ends of the two lists. */
function commonLengths(a: readonly string[], b: readonly string[]): readonly Uint32Array[] {
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    const [row, below] = [table[i], table[i + 1]];
    for (let j = b.length - 1; row !== undefined && below !== undefined && j >= 0; j--) {
      row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}

function marked(a: readonly string[], b: readonly string[]): readonly Line[] {
  if (a.length * b.length > MAX_CELLS)
    return [...a.map((text): Line => ["-", text]), ...b.map((text): Line => ["+", text])];
  const table = commonLengths(a, b);
  const at = (i: number, j: number): number => table[i]?.[j] ?? 0;
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      lines.push([" ", left]);
      [i, j] = [i + 1, j + 1];
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(["-", left]);
      i += 1;
    } else {
      lines.push(["+", right ?? ""]);
      j += 1;
    }
  }
  return lines;
}

/**
 * Lines that differ, with two lines around them: `- ` went, `+ ` came, `  ` stayed, `...` stands for lines left out.
 * Nothing is cut.
 */
export function diffLines(before: readonly string[], after: readonly string[]): readonly string[] {
  const lines = marked(before, after);
  const shown = new Set<number>();
  lines.forEach(([mark], i) => {
    if (mark === " ") return;
    for (let near = i - CONTEXT; near <= i + CONTEXT; near++) shown.add(near);
  });
  return lines.flatMap(([mark, text], i) => {
    if (shown.has(i)) return [`${mark} ${text}`];
    return i === 0 || shown.has(i - 1) ? ["..."] : [];
  });
}
