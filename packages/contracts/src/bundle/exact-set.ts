import type { LeafType } from "../evidence/draft.ts";
import type { Leaf } from "../evidence/leaf.ts";
import {
  type HeldLeaf,
  hasClosedInputs,
  isHeldOf,
  namedLeaves,
  requestSigner,
  signingKids,
} from "./leaf-reasons.ts";
import { overlaysInForce } from "./overlay-reasons.ts";
import {
  countedDrills,
  evaluationsOf,
  isProduction,
  leavesOfProposal,
  leavesOfRelease,
  standingGlass,
  standingReleases,
} from "./release-reasons.ts";

/** Something a leaf rests on that is not in hand. */
export interface Lack {
  /** The leaf that rests on it, where it is one. */
  readonly entry?: string;
  /** In words, without anything from the leaves. */
  readonly what: string;
}

/** Which leaves belong into the bundle of a transaction. @see docs/spec/evidence.md E-22 */
export interface ExactSet {
  /** Leaf ids, all of them in hand. */
  readonly needed: ReadonlySet<string>;
  readonly lacking: readonly Lack[];
}

/** What there is to choose from. */
export interface HeldLeaves {
  /** In log order, no id twice. TRUST: may be attacker-controlled. */
  readonly leaves: readonly HeldLeaf[];
  /** What the bundle is about: this transaction, or else this release, by its digest. */
  readonly txn?: string | undefined;
  readonly release?: string | undefined;
  /** Ids of erasure leaves that the bundle names for parts that are gone. */
  readonly erasures: readonly string[];
}

const isOfProposal = (one: HeldLeaf<"release">, other: HeldLeaf<"release">): boolean =>
  one.leaf.body.proposal === other.leaf.body.proposal;

const placeOf = ({ leaf }: HeldLeaf): number => leaf.writer.seq;

/** Chooses: a leaf is needed because it is of the transaction, or because something needed rests on it. */
class Choice {
  readonly needed: Set<string> = new Set();
  readonly lacking: Lack[] = [];
  readonly #byId: ReadonlyMap<string, HeldLeaf>;
  readonly #byType: Map<LeafType, HeldLeaf[]> = new Map();
  readonly #own: readonly HeldLeaf[];
  readonly #waiting: HeldLeaf[] = [];

  constructor({ leaves, txn, release, erasures }: HeldLeaves) {
    this.#byId = new Map(leaves.map((held) => [held.leaf.id, held]));
    for (const held of leaves) {
      const list = this.#byType.get(held.leaf.type) ?? [];
      this.#byType.set(held.leaf.type, list);
      list.push(held);
    }
    this.#own =
      release === undefined
        ? leaves.filter(({ leaf }) => leaf.txn !== undefined && leaf.txn.id === txn)
        : leavesOfRelease(leaves, release);
    for (const held of [...this.#of("genesis"), ...this.#own]) this.#need(held);
    for (const id of erasures) this.#need(this.#byId.get(id));
    this.#follow();
    this.#revocations();
    this.#releases();
    if (release !== undefined) this.#drills();
    this.#people();
    this.#registrations();
    this.#policies();
    this.#overlays();
  }

  #of<T extends LeafType>(type: T): readonly HeldLeaf<T>[] {
    // INVARIANT: the list of a type holds leaves of this type alone, which the compiler cannot follow through the map.
    return (this.#byType.get(type) ?? []) as unknown as readonly HeldLeaf<T>[];
  }

  #ownOf<T extends LeafType>(type: T): readonly HeldLeaf<T>[] {
    return this.#own.filter((held): held is HeldLeaf<T> => isHeldOf(held, type));
  }

  #need(held: HeldLeaf | undefined): boolean {
    if (held === undefined) return false;
    if (!this.needed.has(held.leaf.id)) {
      this.needed.add(held.leaf.id);
      this.#waiting.push(held);
    }
    return true;
  }

  #lack(what: string, entry?: string): void {
    this.lacking.push(entry === undefined ? { what } : { what, entry });
  }

  /** The newest leaf of a type before a place for which `fits` holds. */
  #newest<T extends LeafType>(
    type: T,
    before: HeldLeaf,
    fits: (leaf: Leaf<T>) => boolean,
  ): HeldLeaf<T> | undefined {
    return this.#of(type).findLast((held) => placeOf(held) < placeOf(before) && fits(held.leaf));
  }

  #follow(): void {
    for (let held = this.#waiting.pop(); held !== undefined; held = this.#waiting.pop()) {
      // That an input follows from nothing in hand is said where provenance is checked (E-9).
      for (const id of namedLeaves(held)) this.#need(this.#byId.get(id));
      this.#signingKeys(held);
      this.#operator(held);
      this.#boot(held);
    }
  }

  #signingKeys(held: HeldLeaf): void {
    for (const kid of new Set(signingKids(held))) {
      const ofKid = ({ body }: Leaf<"key">): boolean => body.purpose === "token" && body.kid === kid;
      const added = this.#newest("key", held, (leaf) => ofKid(leaf) && leaf.body.action === "added");
      if (!this.#need(added))
        this.#lack("no key of the log stands before a token signed with it", held.leaf.id);
      const newest = this.#newest("key", held, ofKid);
      this.#need(newest);
    }
  }

  #operator(held: HeldLeaf): void {
    const signer = requestSigner(held);
    if (signer === undefined) return;
    const isSigner = ({ body }: Leaf<"operator">): boolean => body.jkt === signer || body.operator === signer;
    if (isHeldOf(held, "operator") && held.leaf.body.action === "enrolled" && held.leaf.body.jkt === signer)
      return;
    const enrolled = this.#newest(
      "operator",
      held,
      (leaf) => leaf.body.action === "enrolled" && isSigner(leaf),
    );
    if (!this.#need(enrolled)) {
      this.#lack("no enrolment stands before what an operator signed", held.leaf.id);
      return;
    }
    const ref = enrolled?.leaf.body.operator;
    this.#need(
      this.#newest("operator", held, ({ body }) => body.operator === ref && body.action === "removed"),
    );
  }

  #boot({ leaf }: HeldLeaf): void {
    if (leaf.type !== "unknown") return;
    const boot = this.#of("boot").find((held) => held.leaf.body.boot === leaf.body.boot);
    if (!this.#need(boot))
      this.#lack("the start that found an outcome unknown is not in the bundle", leaf.id);
  }

  /** All between the oldest and the newest position of the feed that a decision used: whom they hit does not matter. */
  #revocations(): void {
    const used = this.#ownOf("decision").map(({ leaf }) => leaf.body.feed);
    if (used.length === 0) return;
    const least = used.reduce((low, feed) => Math.min(low, feed), Number.POSITIVE_INFINITY);
    const most = used.reduce((high, feed) => Math.max(high, feed), 0);
    const inRange = this.#of("revocation").filter(
      ({ leaf }) => leaf.body.feed > least && leaf.body.feed <= most,
    );
    for (const held of inRange) this.#need(held);
    const positions = new Set(inRange.map(({ leaf }) => leaf.body.feed));
    if (positions.size < most - least)
      this.#lack(
        `${most - least - positions.size} of the revocations between positions ${least} and ${most} of the feed are not in the bundle`,
      );
    this.#follow();
  }

  /** What was in force for each agent that got a token, where that is asked for, and what each release rests on. */
  #releases(): void {
    const [genesis] = this.#of("genesis");
    if (isProduction(genesis)) for (const held of this.#ownOf("token")) this.#minted(held);
    this.#follow();
    for (const { leaf } of this.#of("release")) {
      if (!this.needed.has(leaf.id)) continue;
      for (const id of evaluationsOf(leaf))
        if (!this.#need(this.#byId.get(id)))
          this.#lack("an evaluation that a release rests on is not in the bundle", leaf.id);
    }
    this.#follow();
  }

  #minted(token: HeldLeaf<"token">): void {
    const { agent, id } = token.leaf;
    if (agent === undefined) return;
    const releases = this.#of("release");
    const names = token.leaf.body.epochs.map(([name]) => name);
    const glass = standingGlass(releases, { agent: agent.id, names }, placeOf(token));
    if (glass !== undefined) {
      for (const held of releases)
        if (isOfProposal(held, glass) && placeOf(held) < placeOf(token)) this.#need(held);
      return;
    }
    if (!this.#standing(agent.id, placeOf(token)))
      this.#lack("no leaf says which release was in force when a token was minted", id);
  }

  /** What says which release was in force for an agent at a place, and which beside it; each with its proposal. */
  #standing(agent: string, before: number): boolean {
    const releases = this.#of("release");
    const { leaves } = standingReleases(releases, agent, before);
    for (const held of leaves) {
      this.#need(held);
      const isEnd = held.leaf.body.action === "deactivated";
      for (const other of isEnd ? [] : leavesOfProposal(releases, held)) this.#need(other);
    }
    return leaves.length > 0;
  }

  #drills(): void {
    for (const held of this.#of("assurance")) {
      if (!this.needed.has(held.leaf.id)) continue;
      for (const id of countedDrills(held))
        if (!this.#need(this.#byId.get(id)))
          this.#lack("a drill that an evaluation counts is not in the bundle", held.leaf.id);
    }
    this.#follow();
  }

  /** Of each person who signed: all leaves up to the end of the transaction, but those of passkeys not used here. */
  #people(): void {
    const end = this.#own.at(-1);
    const releases = this.#of("release").filter(({ leaf }) => this.needed.has(leaf.id));
    const answers = [...this.#ownOf("approval"), ...releases];
    const signed = answers.filter(({ leaf }) => leaf.body.person !== undefined);
    const people = new Set(signed.map(({ leaf }) => leaf.body.person));
    const used = new Set(signed.map(({ leaf }) => leaf.body.credential));
    for (const held of this.#of("person")) {
      const { person, credential } = held.leaf.body;
      const isOf = people.has(person) && (credential === undefined || used.has(credential));
      if (isOf && end !== undefined && placeOf(held) < placeOf(end)) this.#need(held);
    }
    this.#follow();
  }

  #registrations(): void {
    const askers = this.#own.filter(({ leaf }) => leaf.type === "decision" || leaf.type === "dispatch");
    for (const asker of askers) {
      const { leaf } = asker;
      if (leaf.type === "dispatch") this.#registration(asker, "server", leaf.body.server);
      else if (leaf.agent !== undefined) this.#registration(asker, "agent", leaf.agent.id);
      if (leaf.type === "decision" && leaf.body.instance !== undefined && hasClosedInputs(asker))
        this.#need(this.#newest("attestation", asker, ({ body }) => body.instance === leaf.body.instance));
    }
    this.#follow();
  }

  /** Where nothing that stands before the leaf is needed already, or its inputs do not say on which it rests. */
  #registration(asker: HeldLeaf, kind: "agent" | "server", ref: string): void {
    const isOf = ({ body }: Leaf<"registry">): boolean => body.kind === kind && body.ref === ref;
    const known = this.#newest("registry", asker, (leaf) => isOf(leaf) && this.needed.has(leaf.id));
    if (known !== undefined && !hasClosedInputs(asker)) return;
    if (!this.#need(this.#newest("registry", asker, isOf)))
      this.#lack(`no leaf before it registers the ${kind} it names`, asker.leaf.id);
  }

  /** What stood over each permit, whether or not it says so. */
  #standingOver(all: readonly HeldLeaf<"overlay">[]): readonly string[] {
    const permits = this.#ownOf("decision").filter(
      ({ leaf }) => leaf.body.verdict === "permit" && leaf.sealed?.inputs !== undefined,
    );
    return permits.flatMap((held) => overlaysInForce(all, held, 0));
  }

  /** Overlays, and of each that is here, its end before its time, where that stands before the last leaf. */
  #overlays(): void {
    const end = this.#own.at(-1);
    const all = this.#of("overlay");
    for (const id of all.length === 0 ? [] : this.#standingOver(all)) this.#need(this.#byId.get(id));
    for (const held of all) {
      const { action, overlay = "" } = held.leaf.body;
      const isEnd = action === "lifted" && this.needed.has(overlay);
      if (isEnd && end !== undefined && placeOf(held) < placeOf(end)) this.#need(held);
    }
    this.#follow();
  }

  /**
   * The newest policies before a decision are those it names; a decision without inputs was made before they were asked, and
   * in production each release has its own.
   */
  #policies(): void {
    const [genesis] = this.#of("genesis");
    const mayBeBehind = isProduction(genesis);
    for (const asker of this.#ownOf("decision")) {
      const { id, body, sealed } = asker.leaf;
      const last = this.#newest("policy", asker, (leaf) => this.needed.has(leaf.id));
      if (last?.leaf.body.digest === body.policy) continue;
      const found = this.#newest("policy", asker, (leaf) => leaf.body.digest === body.policy);
      const isBehind =
        !mayBeBehind && last !== undefined && found !== undefined && placeOf(found) < placeOf(last);
      if (!this.#need(found) || (isBehind && sealed?.inputs !== undefined))
        this.#lack("no policy leaf stands before a decision that names it", id);
    }
    this.#follow();
  }
}

/**
 * Chooses the leaves that belong into the bundle of a transaction or of a release: its own, and each that something among them rests on.
 * What writes a bundle leaves out all others, and what reads one refuses any other, so that none can be dropped unseen.
 * @see docs/spec/evidence.md E-22
 */
export function exactSet(held: HeldLeaves): ExactSet {
  const { needed, lacking } = new Choice(held);
  return { needed, lacking };
}
