const MAX_NEAR = 3;
const MAX_DISTANCE = 3;
const MAX_LENGTH = 128;

/** Edits (insert, delete, replace) from one name to another, by rows. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Names that a mistyped one may have meant, nearest first, at most three. */
export function nearNames(wrong: string, names: readonly string[]): readonly string[] {
  if (wrong.length > MAX_LENGTH) return [];
  const near = names
    .filter((name) => Math.abs(name.length - wrong.length) <= MAX_DISTANCE)
    .map((name) => ({ name, far: distance(wrong.toLowerCase(), name.toLowerCase()) }))
    .filter(({ far }) => far <= MAX_DISTANCE && far < wrong.length);
  return near
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, MAX_NEAR)
    .map(({ name }) => name);
}

/** Says that a name stands for nothing, and what may have been meant. */
export function unknownName(wrong: string, names: readonly string[], where: string): string {
  const near = nearNames(wrong, names);
  const said = `${JSON.stringify(wrong.slice(0, MAX_LENGTH))} is not registered ${where}`;
  return near.length === 0 ? said : `${said}; did you mean ${near.join(" or ")}?`;
}
