import { afterAll, beforeAll, expect, it } from "vitest";
import { type Somebody, somebody, startWithPeople } from "./harness/browser.ts";
import { callWithToken } from "./harness/call-with-token.ts";
import { consentApp, REDIRECT } from "./harness/consent-app.ts";
import { ALL_BUT_IRREVERSIBLE, consentingEverything } from "./harness/everything-registry.ts";
import type { TestInstance } from "./harness/test-instance.ts";

let gate: TestInstance;
let grace: Somebody;

beforeAll(async () => {
  gate = await startWithPeople();
  const bindings = [{ method: "consent", redirect_uris: [REDIRECT] }];
  await gate.apply(consentingEverything(bindings), ALL_BUT_IRREVERSIBLE);
  await gate.pin("everything");
  grace = await somebody(gate, "grace");
}, 60_000);
afterAll(() => gate.close());

it("a token that a person consented to calls the tools she saw, until she takes it back", async () => {
  const app = await consentApp(gate, "first");
  const resource = `${gate.issuer}/mcp/everything`;
  const details = '[{"type":"mcp_tool","server":"everything","tools":["echo"],"data_class":"internal"}]';
  const { access_token } = await app.tokens(grace.browser, {
    scope: "",
    resource,
    authorization_details: details,
  });
  const call = (name: string): Promise<string> => callWithToken(app.fetchWith(access_token), resource, name);
  expect(await call("echo")).toContain("hello");
  expect(await call("get-sum")).toContain("authority_exceeded");
  const [mine] = await app.consents(grace.browser);
  await app.withdraw(grace.browser, mine?.mandate ?? "");
  expect(await call("echo")).not.toContain("hello");
});
