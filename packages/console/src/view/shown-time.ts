const clock = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "medium",
  timeStyle: "medium",
  timeZone: "UTC",
});

/** A point in time for a person, in UTC as everywhere in the evidence. @param atMs - Unix milliseconds */
export function shownTime(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? String(atMs) : `${clock.format(date)} UTC`;
}

/** The same for machines. */
export function machineTime(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
