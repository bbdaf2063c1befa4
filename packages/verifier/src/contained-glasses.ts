import type { Leaf } from "@narrowgate/contracts";

/** A leaf that says something of how an agent is stopped, or let through without a release. */
export type ContainmentLeaf = Leaf<"registry"> | Leaf<"release">;

/** What does not hold, and of which place in the log. */
export interface ContainmentFault {
  readonly index: number;
  readonly message: string;
}

/** A break-glass that was neither refused nor ended. */
interface Standing {
  /** Until when it may be signed, or lets through once it is opened; Unix milliseconds. */
  readonly endMs: number;
  readonly isOpened: boolean;
}

const STOPS: ReadonlySet<string> = new Set(["suspended", "retired"]);
const LETS_THROUGH: ReadonlySet<string> = new Set(["glass_asked", "glass_signed", "glass_opened"]);

/** Whether {@link ContainedGlasses} has to see a leaf. */
export function concernsContainment(leaf: Leaf): leaf is ContainmentLeaf {
  if (leaf.type === "registry")
    return leaf.body.kind === "agent" && (STOPS.has(leaf.body.action) || leaf.body.action === "activated");
  return leaf.type === "release" && leaf.body.action.startsWith("glass_");
}

/**
 * Follows one agent: what stops it ends its break-glasses in the same commit, and it gets none while it is stopped.
 * ORDER: takes every leaf of the agent that {@link concernsContainment} names, oldest first; then `finish`.
 * @see docs/spec/release.md R-26
 */
export class ContainedGlasses {
  /** What was asked for or opened since the agent was stopped last, by id. */
  readonly #standing: Map<string, Standing> = new Map();
  /** What a commit under way still has to end, and where it stands by now. */
  readonly #due: Set<string> = new Set();
  #stop = -1;
  #newest = -1;
  #isStopped = false;

  /** Takes the next leaf. @returns what does not hold; undefined while all does */
  take(leaf: ContainmentLeaf): ContainmentFault | undefined {
    const index = leaf.writer.seq;
    const isOfCommit = leaf.type === "release" && this.#isOfCommit(leaf);
    const left = isOfCommit ? undefined : this.finish();
    if (leaf.type === "registry") this.#register(leaf);
    else if (this.#isStopped && LETS_THROUGH.has(leaf.body.action))
      return left ?? { index, message: "a break-glass of an agent that is suspended or retired" };
    else this.#follow(leaf);
    return left;
  }

  /** @returns what the last commit that stopped the agent lacks */
  finish(): ContainmentFault | undefined {
    if (this.#due.size === 0) return undefined;
    this.#due.clear();
    return { index: this.#stop, message: "an agent was stopped, and its break-glass did not end with it" };
  }

  /** The end of a break-glass right behind the registration, or behind such an end. */
  #isOfCommit({ body, writer }: Leaf<"release">): boolean {
    if (body.action !== "glass_ended" || !this.#isStopped || writer.seq !== this.#newest + 1) return false;
    this.#newest = writer.seq;
    this.#due.delete(body.proposal);
    return true;
  }

  #register({ body, at, writer }: Leaf<"registry">): void {
    this.#isStopped = STOPS.has(body.action);
    if (!this.#isStopped) return;
    this.#stop = writer.seq;
    this.#newest = writer.seq;
    for (const [id, { endMs }] of this.#standing) if (at < endMs) this.#due.add(id);
    // What is over is forgotten, and what is due was said: each is looked at once, however often the agent is stopped.
    this.#standing.clear();
  }

  #follow({ body }: Leaf<"release">): void {
    const { action, proposal, until, not_after } = body;
    const isOpened = this.#standing.get(proposal)?.isOpened === true;
    if (action === "glass_ended") this.#standing.delete(proposal);
    // INVARIANT: behind its opening nothing but an end ends it; asking, opening or refusing once more changes nothing.
    if (isOpened) return;
    if (action === "glass_asked") this.#standing.set(proposal, { endMs: not_after ?? 0, isOpened: false });
    else if (action === "glass_opened") this.#standing.set(proposal, { endMs: until ?? 0, isOpened: true });
    else if (action === "glass_refused") this.#standing.delete(proposal);
  }
}
