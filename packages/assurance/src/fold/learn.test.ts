import { describe, expect, test } from "vitest";
import { cast, jktOf, tok } from "../self-test/cast.ts";
import { fixture, foldFixture } from "../self-test/fixture.ts";
import { digestFor, idFor, STORY_BEGINS, Story, type StoryDraft, txnFor } from "../self-test/story.ts";
import { type Known, knowNothing } from "./known.ts";
import { chainOf, learn } from "./learn.ts";

const hour = 3_600_000;
const day = 24 * hour;
const { world } = fixture();

/** What is known after a story of its own. */
function knownAfter(tell: (story: Story) => void): Known {
  const story = new Story();
  tell(story);
  return foldFixture([], { entries: story.entries, world }).known;
}

/** A leaf of which nothing is kept. */
function pause(story: Story, after: number, more: Partial<StoryDraft> = {}): void {
  story.tell("pause", { type: "closing", txn: txnFor("other"), body: { entries: 1 }, after, ...more });
}

type Decided = { readonly verdict?: string; readonly txn?: string; readonly instance?: string };

function decide(story: Story, action: string, { verdict = "permit", txn, instance }: Decided = {}): void {
  const { policy, procedure } = cast;
  const code = verdict === "permit" ? {} : { code: "approval_required" };
  const under = instance === undefined ? {} : { instance };
  const body = { action, verdict, ...code, ...under, policy, procedure, feed: 0 };
  story.tell("decided", { type: "decision", body, ...(txn === undefined ? {} : { txn }) });
}

type Minted = { readonly mode?: string; readonly parent?: string; readonly agent?: string };

/** A token under the decision before it. */
function mint(story: Story, name: string, { mode = "root", parent, agent }: Minted = {}): void {
  const under = parent === undefined ? {} : { parent: tok(parent) };
  const what = { decision: idFor("decided"), token: tok(name), digest: digestFor(name), mode, ...under };
  const body = { ...what, jkt: jktOf(name), expires_s: Math.floor(story.now / 1000) + 300, epochs: [] };
  story.tell(`token ${name}`, { type: "token", body, ...(agent === undefined ? {} : { agent }) });
}

function mandate(story: Story, action: string): void {
  const { mandate, txn } = cast;
  const basis = { subject: idFor("subject"), basis: "operator", digest: digestFor("mandate") };
  const expires = STORY_BEGINS + day;
  story.tell(`mandate ${action}`, { type: "mandate", txn, body: { action, mandate, ...basis, expires } });
}

function revoke(story: Story, kind: string, epoch = 1): void {
  const body = { feed: epoch, kind, id: tok("revoked"), epoch, by: "system" };
  story.tell(`revoked ${epoch}`, { type: "revocation", body });
}

function label(story: Story, state: string, ref: string, untrusted = true): void {
  const body = { state, ref, class: "internal", untrusted, because: idFor("decided") };
  story.tell(`label ${ref}`, { type: "label", body });
}

/** An approval whose time is over with the leaf that asks for it. */
function ask(story: Story): void {
  const asked = { requires: ["approver#1", "approver#2"], decision: idFor("decided") };
  tellApproval(story, "requested", { ...asked, not_after: story.now + 10 });
}

function sign(story: Story, action: string, slot: number): void {
  const by = { person: cast.approver, credential: digestFor("passkey approver"), role: "approver", slot };
  tellApproval(story, action, by, `${action} ${slot}`);
}

function tellApproval(story: Story, action: string, more: StoryDraft["body"], step: string = action): void {
  const body = {
    action,
    approval: idFor("approval"),
    kind: "call",
    digest: digestFor("action"),
    ...more,
  };
  story.tell(step, { type: "approval", txn: cast.txn, body });
}

test("a log began with its first leaf, wherever it is by now, and its clock never goes back", () => {
  const known = knownAfter((story) => {
    for (const after of [10, 20, 30, -25]) pause(story, after);
  });
  expect(known).toMatchObject({ leaves: 4, beganAt: STORY_BEGINS + 10, lastAt: STORY_BEGINS + 60 });
});

test("a log is recovered that says which one it goes on from", () => {
  const genesis = (more: StoryDraft["body"]) =>
    knownAfter((story) => {
      const body = { origin_digest: digestFor("o"), environment: "dev", log_key: digestFor("k"), ...more };
      story.tell("genesis", { type: "genesis", body });
    });
  const previous = { size: 7, root: digestFor("root"), origin_digest: digestFor("o") };
  expect(genesis({ previous })).toMatchObject({ environment: "dev", recovered: true });
  expect(genesis({})).not.toHaveProperty("recovered");
});

describe("a permit", () => {
  const ofDecision = ({ decisions }: Known) => decisions[idFor("decided")];

  test.each([
    ["call", "permit", true],
    ["list", "permit", true],
    ["mint", "permit", true],
    ["exchange", "permit", true],
    ["mandate", "permit", false],
    ["evaluate", "permit", false],
    ["call", "refuse", false],
    ["mint", "refuse", false],
    ["admin", "refuse", false],
  ])("is what lets something happen afterwards: %s, %s", (action, verdict, isKnown) => {
    const decision = ofDecision(knownAfter((story) => decide(story, action, { verdict })));
    expect(decision !== undefined).toBe(isKnown);
  });

  test.each([
    ["mint", false],
    ["exchange", false],
    ["call", true],
    ["list", true],
  ])("to %s is known after a token was minted under it: %s", (action, isKnown) => {
    const known = knownAfter((story) => {
      decide(story, action);
      mint(story, "one");
    });
    expect(known.tokens).toHaveProperty(tok("one"));
    expect(ofDecision(known) !== undefined).toBe(isKnown);
  });

  test.each([
    ["its transaction", true, txnFor("task"), cast.helperInstance],
    ["its instance", true, txnFor("other"), cast.instance],
    ["neither of them", false, txnFor("other"), cast.helperInstance],
    ["what is in none", false, undefined, undefined],
  ])("is as untrusted as %s: %s", (_, untrusted, txn, instance) => {
    const known = knownAfter((story) => {
      label(story, "transaction", txnFor("task"));
      label(story, "instance", cast.instance);
      decide(story, "call", {
        ...(txn === undefined ? {} : { txn }),
        ...(instance === undefined ? {} : { instance }),
      });
    });
    expect(ofDecision(known)?.untrusted).toBe(untrusted);
  });
});

describe("a token", () => {
  test("was presented by those that its parents were, the newest first, and continued by nobody else", () => {
    expect(chainOf([], "root", "a")).toEqual(["a"]);
    expect(chainOf(["a"], "rebind", "b")).toEqual(["b", "a"]);
    expect(chainOf(["b", "a"], "continuation", "b")).toEqual(["b", "a"]);
    expect(chainOf(["a"], "rebind", undefined)).toEqual(["a"]);
  });

  test("has the root and the chain of its parent", () => {
    const { tokens } = knownAfter((story) => {
      decide(story, "call");
      mint(story, "root", { agent: cast.agent });
      mint(story, "child", { mode: "rebind", parent: "root", agent: cast.helper });
      mint(story, "grandchild", { mode: "continuation", parent: "child", agent: cast.helper });
    });
    const chain = [cast.helper, cast.agent];
    expect(tokens[tok("root")]).toMatchObject({ root: tok("root"), chain: [cast.agent] });
    expect(tokens[tok("grandchild")]).toMatchObject({ root: tok("root"), chain });
  });
});

describe("an approval", () => {
  const ofApproval = ({ approvals }: Known) => approvals[idFor("approval")];

  test("holds a signature of every slot, and each leads back to it", () => {
    const known = knownAfter((story) => {
      ask(story);
      for (const slot of [1, 2]) sign(story, "approved", slot);
    });
    expect(ofApproval(known)?.approved).toMatchObject({
      "approver#1": { entry: idFor("approved 1"), person: cast.approver },
      "approver#2": { entry: idFor("approved 2"), person: cast.approver },
    });
    const [one, two] = [idFor("approved 1"), idFor("approved 2")];
    expect(known.signatures).toEqual({ [one]: idFor("approval"), [two]: idFor("approval") });
    expect(known.approvedTxns).toEqual({ [cast.txn]: true });
  });

  test("ends with the first refusal, which is no signature", () => {
    const known = knownAfter((story) => {
      ask(story);
      sign(story, "refused", 1);
      tellApproval(story, "withdrawn", {});
    });
    expect(ofApproval(known)).toMatchObject({ ended: "refused" });
    expect([ofApproval(known)?.approved, known.signatures, known.approvedTxns]).toEqual([{}, {}, {}]);
  });

  test("takes its signatures with it when it is forgotten", () => {
    const known = knownAfter((story) => {
      ask(story);
      sign(story, "approved", 1);
      pause(story, hour);
    });
    expect([known.approvals, known.signatures, known.approvedTxns]).toEqual([{}, {}, {}]);
  });
});

describe("an hour later, and no earlier, nothing is known any more of", () => {
  const revoked = `token:${tok("revoked")}`;
  const things: readonly (readonly [string, (story: Story) => void, (known: Known) => unknown])[] = [
    [
      "a permit without an end",
      (story) => decide(story, "call"),
      (known) => known.decisions[idFor("decided")],
    ],
    ["a token", (story) => mint(story, "one"), (known) => known.tokens[tok("one")]],
    ["a mandate that was closed", closed, (known) => known.mandates[cast.mandate]],
    ["a label of its transaction", closed, (known) => known.untrusted[`transaction/${cast.txn}`]],
    ["a revocation of a token", (story) => revoke(story, "token"), (known) => known.epochs[revoked]],
    ["an approval whose time was over", ask, (known) => known.approvals[idFor("approval")]],
  ];

  function closed(story: Story): void {
    mandate(story, "opened");
    label(story, "transaction", cast.txn);
    mandate(story, "closed");
  }

  test.each(things)("%s", (_, tell, find) => {
    const after = (ms: number) =>
      find(
        knownAfter((story) => {
          tell(story);
          pause(story, ms);
        }),
      );
    expect(after(hour - 1)).toBeDefined();
    expect(after(hour)).toBeUndefined();
  });

  test("nor earlier of a token that was revoked once more", () => {
    const after = (ms: number) =>
      knownAfter((story) => {
        revoke(story, "token", 1);
        pause(story, hour / 2);
        revoke(story, "token", 2);
        pause(story, hour / 2);
        pause(story, ms);
      }).epochs[revoked];
    expect(after(0)).toMatchObject({ epoch: 2 });
    expect(after(hour / 2)).toBeUndefined();
  });
});

describe("what forbids over all policies", () => {
  const put = (story: Story, name: string, until: number): void =>
    story.tell(name, { type: "overlay", body: { action: "put", until, ...overlay } });
  const lift = (story: Story, name: string): void =>
    story.tell(`lifted ${name}`, {
      type: "overlay",
      body: { action: "lifted", overlay: idFor(name), ...overlay },
    });
  const overlay = { digest: digestFor("overlay"), operator: cast.operator };

  test("is known until it is lifted", () => {
    const known = knownAfter((story) => {
      put(story, "one", STORY_BEGINS + 7);
      put(story, "other", STORY_BEGINS + 8);
      lift(story, "one");
    });
    expect(known.overlays).toEqual({ [idFor("other")]: STORY_BEGINS + 8 });
  });

  test("goes with the next one that comes an hour after its end or later", () => {
    const after = (ms: number) =>
      knownAfter((story) => {
        put(story, "one", story.now + 10);
        pause(story, ms - 10);
        lift(story, "another one");
      }).overlays;
    expect(after(hour - 1)).toEqual({ [idFor("one")]: STORY_BEGINS + 10 });
    expect(after(hour)).toEqual({});
  });
});

test("the newest label of a state counts, and each state has its own", () => {
  const { untrusted } = knownAfter((story) => {
    for (const name of ["one", "two"]) label(story, "transaction", txnFor(name));
    label(story, "transaction", txnFor("one"), false);
  });
  expect(untrusted).toEqual({ [`transaction/${txnFor("two")}`]: true });
});

test("a revocation raises what its kind and its name say, and the number of the feed", () => {
  const { feed, epochs, lastAt } = knownAfter((story) => {
    revoke(story, "agent", 1);
    revoke(story, "agent", 2);
  });
  expect({ feed, epochs }).toEqual({
    feed: 2,
    epochs: { [`agent:${tok("revoked")}`]: { epoch: 2, at: lastAt } },
  });
});

test("what stands is known however old it is", () => {
  const known = knownAfter((story) => {
    mandate(story, "opened");
    label(story, "transaction", txnFor("other"));
    revoke(story, "agent");
    for (let i = 0; i < 3; i++) pause(story, day);
  });
  expect(known.mandates[cast.mandate]).toEqual({ txn: cast.txn, expires: STORY_BEGINS + day });
  expect(known.untrusted).toEqual({ [`transaction/${txnFor("other")}`]: true });
  expect(known.epochs).toHaveProperty(`agent:${tok("revoked")}`);
});

describe("what is to be forgotten", () => {
  test("goes four at a time, so that no leaf waits for much of it", () => {
    const known = (leaves: number) =>
      knownAfter((story) => {
        decide(story, "call");
        for (let i = 1; i < 10; i++) mint(story, `token ${i}`);
        pause(story, hour);
        for (let i = 1; i < leaves; i++) pause(story, 1);
      });
    const left = ({ decisions, tokens }: Known): number =>
      Object.keys(decisions).length + Object.keys(tokens).length;
    expect([1, 2, 3].map((leaves) => left(known(leaves)))).toEqual([6, 2, 0]);
  });

  test("leaves no room behind that grows: 65,536 that are gone are let go together", () => {
    const known = knowNothing();
    const gone = <T>(value: T): T[] => Array.from({ length: 65_534 }, () => value);
    known.forget.soon = {
      at: [...gone(0), STORY_BEGINS, STORY_BEGINS + hour, STORY_BEGINS + day],
      kind: [...gone("token" as const), "token", "token", "mandate"],
      key: [...gone("gone"), "first", "second", cast.mandate],
      head: 65_534,
    };
    const story = new Story();
    for (const after of [10, hour]) pause(story, after);
    const [first, second] = story.entries.map(
      ({ leaf }, index) =>
        () =>
          learn(known, { leaf, index }, () => 0),
    );
    first?.();
    expect(known.forget.soon).toMatchObject({ head: 65_535, at: { length: 65_537 } });
    second?.();
    expect(known.forget.soon).toEqual({
      at: [STORY_BEGINS + day],
      kind: ["mandate"],
      key: [cast.mandate],
      head: 0,
    });
  });
});

test("the leaves of an agent's day are counted, and every day begins anew", () => {
  const midnight = Math.ceil(STORY_BEGINS / day) * day - STORY_BEGINS;
  const of = (...steps: readonly (readonly [number, string?])[]) =>
    knownAfter((story) => {
      for (const [after, agent] of steps) pause(story, after, agent === undefined ? {} : { agent });
    }).today.leaves;
  const before = [[midnight - 3, "a"], [1, "a"], [1], [0, "b"]] as const;
  expect(of(...before)).toEqual({ a: 2, "*": 1, b: 1 });
  expect(of(...before, [1, "b"], [day - 1, "b"])).toEqual({ b: 2 });
  expect(of(...before, [1, "b"], [day, "b"])).toEqual({ b: 1 });
});
