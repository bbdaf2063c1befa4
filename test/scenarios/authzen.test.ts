import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Answer,
  answerOf,
  type DecisionPoint,
  startDecisionPoint,
  vector,
} from "./harness/decision-point.ts";

interface Case {
  readonly section: string;
  readonly name: string;
  readonly path: string;
  readonly body?: Record<string, never>;
  readonly raw?: string;
  readonly contentType?: string;
  readonly requestId?: string;
  readonly times?: number;
  readonly status: number;
  readonly expected?: unknown;
}

const cases: readonly Case[] = JSON.parse(vector("certification/cases.json"));
const todo: {
  readonly evaluation: readonly { readonly request: Record<string, never>; readonly expected: boolean }[];
  readonly evaluations: readonly { readonly request: Record<string, never>; readonly expected: unknown }[];
} = JSON.parse(vector("todo/decisions.json"));

let point: DecisionPoint;
let token: string;

beforeAll(async () => {
  point = await startDecisionPoint("certification");
  token = await point.token();
}, 60_000);

afterAll(() => point.close());

/** Whether an answer says what was expected: nothing else but a context, which is an object. */
function says(body: unknown, expected: unknown): boolean {
  const { context, ...said } = Object(body);
  const isObject = typeof context === "object" && context !== null && !Array.isArray(context);
  if (context !== undefined && !isObject) return false;
  const names = Object.keys(Object(expected));
  if (Object.keys(said).join() !== names.join()) return false;
  const list: unknown = Object(expected).evaluations;
  if (Array.isArray(list)) {
    const given: unknown = said.evaluations;
    return (
      Array.isArray(given) &&
      given.length === list.length &&
      list.every((one: unknown, i) => says(given[i], one))
    );
  }
  const { decision } = Object(expected);
  return decision === null ? typeof said.decision === "boolean" : said.decision === decision;
}

function expectAnswer({ status, body, headers }: Answer, expected: Pick<Case, "status" | "expected">): void {
  expect({ status, type: headers.get("content-type") }).toEqual({
    status: expected.status,
    type: "application/json",
  });
  if (expected.expected === undefined) expect(body).toMatchObject({ error: { code: expect.any(String) } });
  else expect(says(body, expected.expected) ? expected.expected : body).toEqual(expected.expected);
}

describe("the certification scenario, levels Basic and Batch", () => {
  it.each(cases)(
    "$section $name",
    async ({ path, body, raw, contentType, requestId, times = 1, ...expected }) => {
      const headers = {
        ...(contentType === undefined ? {} : { "content-type": contentType }),
        ...(requestId === undefined ? {} : { "x-request-id": requestId }),
      };
      const asking = {
        ...(raw === undefined ? {} : { raw }),
        ...(body === undefined ? {} : { body }),
        headers,
      };
      for (let i = 0; i < times; i++) {
        const answer = await point.ask(path, asking, token);
        expectAnswer(answer, expected);
        expect(answer.headers.get("x-request-id")).toBe(requestId ?? null);
      }
    },
  );

  it("6 has a configuration to discover, as long as there is a profile", async () => {
    const url = `${point.gate.issuer}/.well-known/authzen-configuration`;
    const answer = await answerOf(await fetch(url));
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 200,
      body: {
        policy_decision_point: point.gate.issuer,
        access_evaluation_endpoint: `${point.gate.issuer}/access/v1/evaluation`,
        access_evaluations_endpoint: `${point.gate.issuer}/access/v1/evaluations`,
      },
    });
  });
});

describe("the todo interop scenario", () => {
  beforeAll(() => point.follow("todo"));

  it.each(todo.evaluation.map((one, i) => ({ i, ...one })))("decision $i", async ({ request, expected }) => {
    const answer = await point.ask("/access/v1/evaluation", { body: request }, token);
    expectAnswer(answer, { status: 200, expected: { decision: expected } });
  });

  it.each(todo.evaluations.map((one, i) => ({ i, ...one })))("list $i", async ({ request, expected }) => {
    const answer = await point.ask("/access/v1/evaluations", { body: request }, token);
    expectAnswer(answer, { status: 200, expected: { evaluations: expected } });
  });
});
