import type { LeafType } from "@narrowgate/contracts";
import { canonicalJson, isNarrowgateError, type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import type { Control, Finding, Limits } from "./control.ts";
import { type Known, knowNothing } from "./known.ts";
import { learn, ledgerWants } from "./learn.ts";
import type { Entry, Open, Seen, Want } from "./seen.ts";
import type { World } from "./world.ts";

/** What kept state belongs to; state of anything else is thrown away. @see docs/spec/assurance.md section 2 */
export type FoldKey = {
  /** Digests of the evaluating code and of the catalogue, and the origin of the log. */
  readonly evaluator: string;
  readonly catalogue: string;
  readonly origin: string;
  /** Limits that differ from the defaults, by control id. */
  readonly limits: { readonly [control: string]: Limits };
};

type SavedFold = {
  readonly v: 1;
  readonly key: FoldKey;
  readonly known: Known;
  readonly states: { readonly [control: string]: object };
  readonly broken: { readonly [control: string]: string };
};

/** A control's finding, or how it broke. */
export type Found =
  | { readonly kind: "found"; readonly finding: Finding }
  | { readonly kind: "broke"; readonly says: string };

/** Controls over one log, so far as it was handed in. */
export interface Fold {
  readonly key: FoldKey;
  readonly controls: readonly Control[];
  /** Leaves taken: the index of the next one. */
  readonly size: number;
  readonly known: Known;
  /** What must be opened before {@link Fold.take} of this leaf; mostly nothing. */
  wants(entry: Entry): readonly Want[];
  /**
   * Takes the next leaf. A control that throws is broken from then on, alone.
   * @throws NarrowgateError `internal_error` when a leaf is left out or comes twice
   */
  take(entry: Entry, open: Open): void;
  find(control: Control, world: World): Found;
  limitsOf(control: Control): Limits;
  /** Everything, as JSON text; see {@link restoreFold}. */
  save(): string;
}

/** A control at work: everything a leaf needs, at hand. */
type Reader = { readonly control: Control; readonly state: object; readonly limits: Limits };

class RunningFold implements Fold {
  readonly key: FoldKey;
  readonly controls: readonly Control[];
  readonly known: Known;
  readonly #all: ReadonlyMap<string, Reader>;
  readonly #broken: Map<string, string>;
  /** By type of leaf, without those that broke. */
  readonly #readers: Map<LeafType, readonly Reader[]> = new Map();

  constructor(controls: readonly Control[], key: FoldKey, saved?: SavedFold) {
    this.key = key;
    this.controls = controls;
    this.known = saved?.known ?? knowNothing();
    this.#broken = new Map(Object.entries(saved?.broken ?? {}));
    this.#all = new Map(controls.map((control) => [control.id, readerOf(control, key, saved)]));
    for (const reader of this.#all.values()) {
      if (this.#broken.has(reader.control.id)) continue;
      for (const type of reader.control.reads)
        this.#readers.set(type, [...(this.#readers.get(type) ?? []), reader]);
    }
  }

  get size(): number {
    return this.known.leaves;
  }

  limitsOf({ id }: Control): Limits {
    return this.#all.get(id)?.limits ?? {};
  }

  wants(entry: Entry): readonly Want[] {
    const seen = { ...entry, known: this.known };
    const wanted = [...ledgerWants(entry)];
    for (const { control, limits } of this.#readers.get(entry.leaf.type) ?? []) {
      if (control.wants === undefined) continue;
      try {
        wanted.push(...control.wants(seen, limits));
      } catch (error) {
        this.#break(control, error);
      }
    }
    return wanted.length < 2 ? wanted : withoutTwice(wanted);
  }

  take(entry: Entry, open: Open): void {
    if (entry.index !== this.size)
      throw new NarrowgateError("internal_error", "internal error", { detail: "a leaf is not the next one" });
    const seen: Seen = { leaf: entry.leaf, index: entry.index, known: this.known, open };
    for (const { control, state, limits } of this.#readers.get(entry.leaf.type) ?? []) {
      try {
        control.step(state, seen, limits);
      } catch (error) {
        this.#break(control, error);
      }
    }
    learn(this.known, entry, open);
  }

  #break({ id, reads }: Control, error: unknown): void {
    this.#broken.set(id, saysOf(error));
    for (const type of reads)
      this.#readers.set(type, this.#readers.get(type)?.filter(({ control }) => control.id !== id) ?? []);
  }

  find(control: Control, world: World): Found {
    const says = this.#broken.get(control.id);
    if (says !== undefined) return { kind: "broke", says };
    try {
      const state = this.#all.get(control.id)?.state ?? control.init();
      return {
        kind: "found",
        finding: control.verdict(state, { world, known: this.known, limits: this.limitsOf(control) }),
      };
    } catch (error) {
      return { kind: "broke", says: saysOf(error) };
    }
  }

  save(): string {
    const states = Object.fromEntries([...this.#all].map(([id, { state }]) => [id, state]));
    const broken = Object.fromEntries(this.#broken);
    const saved: SavedFold = { v: 1, key: this.key, known: this.known, states, broken };
    return JSON.stringify(saved);
  }
}

function readerOf(control: Control, key: FoldKey, saved: SavedFold | undefined): Reader {
  const state = saved?.states[control.id] ?? control.init();
  return { control, state, limits: { ...control.limits, ...key.limits[control.id] } };
}

function saysOf(error: unknown): string {
  return isNarrowgateError(error) ? error.code : "the check itself broke";
}

function withoutTwice(wants: readonly Want[]): readonly Want[] {
  return [...new Map(wants.map((want) => [`${want.id}/${want.part}`, want])).values()];
}

/** Begins at the first leaf. */
export function createFold(controls: readonly Control[], key: FoldKey): Fold {
  return new RunningFold(controls, key);
}

/**
 * Goes on where {@link Fold.save} left off.
 * @param text - what was saved by this process or an earlier one, on storage nobody else writes
 * @returns undefined when it is of another evaluator, catalogue, log or limits: then everything is to be folded again
 */
export function restoreFold(controls: readonly Control[], key: FoldKey, text: string): Fold | undefined {
  const saved: SavedFold | undefined = readSaved(text);
  const isOurs = saved !== undefined && sameJson({ ...saved.key }, { ...key });
  return isOurs ? new RunningFold(controls, key, saved) : undefined;
}

function sameJson(
  a: { readonly [name: string]: JsonValue },
  b: { readonly [name: string]: JsonValue },
): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function readSaved(text: string): SavedFold | undefined {
  try {
    // INVARIANT: what bears our version and, below, our evaluator's digest was written by `save` of this very code.
    const value: SavedFold = JSON.parse(text);
    return value.v === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}
