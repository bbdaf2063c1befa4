import { invariant, NarrowgateError } from "@narrowgate/kernel";
import { type CharSet, type PatternNode, readPattern } from "./read-pattern.ts";

/** Steps that may still be taken; shared by all that looks at one answer. */
export interface StepBudget {
  left: number;
}

/** A compiled pattern. */
export interface LinearPattern {
  /**
   * Whether it occurs in the text. Takes at most `text length × program size` steps.
   * @returns undefined when the budget ran out first: nobody knows
   */
  occursIn(text: string, budget: StepBudget): boolean | undefined;
}

type Place = Extract<PatternNode, { kind: "place" }>["place"];

type Step =
  | { readonly op: "char"; readonly has: (unit: number) => boolean }
  | { readonly op: "place"; readonly place: Place }
  | { readonly op: "split"; a: number; b: number }
  | { readonly op: "jump"; to: number }
  | { readonly op: "found" };

const MAX_STEPS = 2048;

function holds({ ranges, negated }: CharSet): (unit: number) => boolean {
  const low = new Uint8Array(128);
  for (const [lo, hi] of ranges) for (let unit = lo; unit <= Math.min(hi, 127); unit++) low[unit] = 1;
  const high = ranges.filter(([, hi]) => hi > 127);
  const within = (unit: number): boolean =>
    unit < 128 ? low[unit] === 1 : high.some(([lo, hi]) => unit >= lo && unit <= hi);
  return negated ? (unit) => !within(unit) : within;
}

/** Writes the program of a pattern, part by part. */
class Writer {
  readonly steps: Step[] = [];

  add<S extends Step>(step: S): S {
    if (this.steps.length >= MAX_STEPS)
      throw new NarrowgateError("malformed_input", "a pattern is too large when it is written out");
    this.steps.push(step);
    return step;
  }

  node(node: PatternNode): void {
    switch (node.kind) {
      case "set":
        this.add({ op: "char", has: holds(node.set) });
        break;
      case "place":
        this.add({ op: "place", place: node.place });
        break;
      case "all":
        for (const part of node.parts) this.node(part);
        break;
      case "any":
        this.#either(node.parts);
        break;
      case "times":
        this.#times(node);
        break;
    }
  }

  #either(parts: readonly PatternNode[]): void {
    const ends: { to: number }[] = [];
    for (const part of parts.slice(0, -1)) {
      const split = this.add({ op: "split", a: this.steps.length + 1, b: 0 });
      this.node(part);
      ends.push(this.add({ op: "jump", to: 0 }));
      split.b = this.steps.length;
    }
    for (const last of parts.slice(-1)) this.node(last);
    for (const end of ends) end.to = this.steps.length;
  }

  #times({ part, min, max }: Extract<PatternNode, { kind: "times" }>): void {
    for (let i = 0; i < min; i++) this.node(part);
    if (max === Number.POSITIVE_INFINITY) {
      const split = this.add({ op: "split", a: this.steps.length + 1, b: 0 });
      const again = this.steps.length - 1;
      this.node(part);
      this.add({ op: "jump", to: again });
      split.b = this.steps.length;
      return;
    }
    const splits: { b: number }[] = [];
    for (let i = min; i < max; i++) {
      splits.push(this.add({ op: "split", a: this.steps.length + 1, b: 0 }));
      this.node(part);
    }
    for (const split of splits) split.b = this.steps.length;
  }
}

function isWord(unit: number): boolean {
  return (
    (unit >= 0x30 && unit <= 0x39) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    (unit >= 0x61 && unit <= 0x7a) ||
    unit === 0x5f
  );
}

function isAt(place: Place, text: string, at: number): boolean {
  if (place === "start") return at === 0;
  if (place === "end") return at === text.length;
  const edge = isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
  return place === "edge" ? edge : !edge;
}

/** Where a step leads without a character. */
function waysOn(
  step: Exclude<Step, { op: "char" | "found" }>,
  pc: number,
  text: string,
  at: number,
): readonly number[] {
  if (step.op === "jump") return [step.to];
  if (step.op === "split") return [step.b, step.a];
  return isAt(step.place, text, at) ? [pc + 1] : [];
}

/** Steps the program stands at, none twice. */
class Standing {
  readonly #steps: readonly Step[];
  readonly #seen: Uint32Array;
  #mark = 0;
  chars: number[] = [];

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
    this.#seen = new Uint32Array(steps.length);
  }

  clear(): void {
    this.#mark++;
    this.chars = [];
  }

  /** Goes on from a step to all that is reached without a character. @returns whether the end was */
  goOn(from: number, text: string, at: number, budget: StepBudget): boolean {
    const open = [from];
    for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
      if (this.#seen[pc] === this.#mark) continue;
      this.#seen[pc] = this.#mark;
      budget.left--;
      const step = this.#steps[pc];
      invariant(step !== undefined, "a program goes nowhere outside itself");
      if (step.op === "found") return true;
      if (step.op === "char") this.chars.push(pc);
      else open.push(...waysOn(step, pc, text, at));
    }
    return false;
  }
}

/** Takes the character at `at` in every way there is. @returns whether one of them was the end */
function takeChar(
  steps: readonly Step[],
  { now, next }: { readonly now: Standing; readonly next: Standing },
  { text, at, budget }: { readonly text: string; readonly at: number; readonly budget: StepBudget },
): boolean {
  next.clear();
  const unit = text.charCodeAt(at);
  return now.chars.some((pc) => {
    budget.left--;
    const step = steps[pc];
    return step?.op === "char" && step.has(unit) && next.goOn(pc + 1, text, at + 1, budget);
  });
}

function run(steps: readonly Step[], text: string, budget: StepBudget): boolean | undefined {
  let now = new Standing(steps);
  let next = new Standing(steps);
  now.clear();
  for (let at = 0; ; at++) {
    if (now.goOn(0, text, at, budget)) return true;
    if (at === text.length) return false;
    if (budget.left <= 0) return undefined;
    if (takeChar(steps, { now, next }, { text, at, budget })) return true;
    [now, next] = [next, now];
  }
}

/**
 * Compiles a pattern that is matched by walking all of its ways at once: no text makes it slow.
 * @throws NarrowgateError `malformed_input`
 * @see readPattern for what may stand in one
 */
export function compilePattern(text: string): LinearPattern {
  const writer = new Writer();
  writer.node(readPattern(text));
  writer.add({ op: "found" });
  return { occursIn: (subject, budget) => run(writer.steps, subject, budget) };
}
