/** Id of the part of a page that tells of a leaf. */
export function entryAnchor(entry: string): string {
  return `entry-${entry}`;
}

/**
 * Takes the reader to the leaf that the address names after `#`, opening whatever it is folded into. An address may name
 * anything: what is not there is not gone to.
 */
export function revealEntry(hash: string): void {
  const entry = /^#([\w-]{22})$/.exec(hash)?.[1];
  const found = entry === undefined ? null : document.getElementById(entryAnchor(entry));
  if (found === null) return;
  for (let at = found.parentElement; at !== null; at = at.parentElement)
    if (at instanceof HTMLDetailsElement) at.open = true;
  const own = found.querySelector("details");
  if (own !== null) own.open = true;
  found.scrollIntoView({ block: "center" });
  found.querySelector("summary")?.focus();
}
