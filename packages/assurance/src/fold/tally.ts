import { type EvidenceRef, MAX_NAMED, type Violation } from "@narrowgate/contracts";
import type { Finding } from "./control.ts";
import type { Entry } from "./seen.ts";

/** What was seen on one day of one agent. */
export type Cell = {
  /** Looked at, and of those not decidable. */
  n: number;
  open: number;
  /** Of those that are not decidable: what had to be opened is not there. */
  gone: number;
  bad: number;
  violations: Violation[];
  /** The newest ones. */
  refs: EvidenceRef[];
};

/** By agent ref (`*`: of the plane, counts for every agent), then by day since 1970. */
export type Tally = { agents: { [ref: string]: { [day: string]: Cell } } };

/** One thing that was looked at. */
export type Observation = {
  /** Agent ref; absent: of the plane, and counts for every agent. */
  readonly agent?: string;
  /** Why it is a counter-example. */
  readonly breaks?: string;
  /** Set where what is needed to decide is not disclosed or was erased. */
  readonly undecided?: true;
  /** Set where a part that was to be opened is not there. */
  readonly isGone?: boolean;
};

const dayMs = 86_400_000;
const newestKept = 4;

/** Nothing was seen. */
export function emptyTally(): Tally {
  return { agents: {} };
}

function cellOf(tally: Tally, agent: string, at: number): Cell {
  const days = tally.agents[agent] ?? {};
  tally.agents[agent] = days;
  const day = String(Math.floor(at / dayMs));
  const cell = days[day] ?? { n: 0, open: 0, gone: 0, bad: 0, violations: [], refs: [] };
  days[day] = cell;
  return cell;
}

/** Counts what was looked at in a leaf. */
export function count(tally: Tally, { leaf, index }: Entry, observed: Observation): void {
  const cell = cellOf(tally, observed.agent ?? "*", leaf.at);
  cell.n++;
  if (observed.undecided === true) {
    cell.open++;
    if (observed.isGone === true) cell.gone++;
  }
  // The first ones of a day and then every 64th: a sample that costs nothing where there is much.
  if (cell.refs.length < newestKept || (cell.n & 63) === 0) keep(cell, { entry: leaf.id, index });
  if (observed.breaks === undefined) return;
  cell.bad++;
  if (cell.violations.length < MAX_NAMED) cell.violations.push({ entry: leaf.id, says: observed.breaks });
}

function keep(cell: Cell, ref: EvidenceRef): void {
  if (cell.refs.length >= newestKept) cell.refs.shift();
  cell.refs.push(ref);
}

/** Sums an agent's days, and those of the plane, that touch the window. */
export function sum(
  tally: Tally,
  agent: string,
  { from, to }: { readonly from: number; readonly to: number },
): Finding {
  const first = Math.floor(from / dayMs);
  const last = Math.floor(to / dayMs);
  const cells = [tally.agents[agent] ?? {}, tally.agents["*"] ?? {}].flatMap((days) =>
    Object.entries(days).filter(([day]) => Number(day) >= first && Number(day) <= last),
  );
  const found = cells.map(([, cell]) => cell);
  const total = (of: (cell: Cell) => number): number => found.reduce((all, cell) => all + of(cell), 0);
  const population = total((cell) => cell.n);
  const evidence = found.flatMap((cell) => cell.refs).sort((a, b) => a.index - b.index);
  return {
    population,
    decided: population - total((cell) => cell.open),
    gone: total((cell) => cell.gone),
    violations: found.flatMap((cell) => cell.violations).slice(0, MAX_NAMED),
    violationsInAll: total((cell) => cell.bad),
    evidence: evidence.slice(-MAX_NAMED),
  };
}

/** The same observation of each agent that takes part, once; of the plane where none is known. */
export function ofEach(
  agents: readonly (string | undefined)[],
  observed: Observation,
): Observation | readonly Observation[] {
  const known = [...new Set(agents.filter((agent) => agent !== undefined))];
  return known.length === 0 ? observed : known.map((agent) => ({ ...observed, agent }));
}
