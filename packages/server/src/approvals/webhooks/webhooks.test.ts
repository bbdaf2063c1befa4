import { createHmac, randomBytes } from "node:crypto";
import { manualClock } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import type { ApprovalNews } from "../ports.ts";
import { readWebhookSecret, webhookHeaders } from "./sign-message.ts";
import { createWebhooks } from "./webhooks.ts";

const START = 1_795_000_000_000;
const news: ApprovalNews = {
  event: "requested",
  approval: "AAAAAAAAAAAAAAAAAAAAAA",
  url: "https://approve.example/approve#handle",
  notAfterMs: START + 900_000,
  requires: ["approver#1"],
};

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function open(statuses: readonly (number | "fails")[]) {
  const clock = manualClock(START);
  const sent: Sent[] = [];
  const reports: string[] = [];
  const timers: { ms: number; run: () => void }[] = [];
  const secret = randomBytes(32);
  const webhooks = createWebhooks({
    clock,
    receivers: [{ url: "https://hooks.example/a", secret }],
    send: async (_, request) => {
      sent.push(request);
      const status = statuses[sent.length - 1] ?? 200;
      if (status === "fails") throw new TypeError("refused");
      return { status };
    },
    after(ms, run) {
      const timer = { ms, run };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
    report: (detail) => void reports.push(detail),
  });
  /** Lets time pass to the next try; gives how long it was. */
  const next = async (): Promise<number | undefined> => {
    const timer = timers.shift();
    if (timer === undefined) return undefined;
    clock.advance(timer.ms);
    timer.run();
    for (let i = 0; i < 8; i++) await Promise.resolve();
    return timer.ms;
  };
  return { webhooks, sent, reports, secret, next, timers };
}

describe("a webhook", () => {
  it("is signed as Standard Webhooks says, with a deep link for a request alone", async () => {
    const { webhooks, sent, secret, next } = open([]);
    webhooks.tell(news);
    webhooks.tell({ ...news, event: "expired", notAfterMs: START });
    await next();
    await next();
    const [first, second] = sent;
    const {
      "webhook-id": id,
      "webhook-timestamp": at,
      "webhook-signature": signature,
    } = first?.headers ?? {};
    const mac = createHmac("sha256", secret).update(`${id}.${at}.${first?.body}`).digest("base64");
    expect(signature).toBe(`v1,${mac}`);
    expect(at).toBe(String(START / 1000));
    expect(JSON.parse(first?.body ?? "")).toMatchObject({
      type: "approval.requested",
      data: { url: news.url, requires: ["approver#1"], not_after: news.notAfterMs },
    });
    expect(JSON.parse(second?.body ?? "").data.url).toBeUndefined();
    expect(second?.headers["webhook-id"]).not.toBe(id);
    expect(webhooks.waiting()).toBe(0);
  });

  it("gives the signature of the specification's own example", () => {
    const secret = readWebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    const message = {
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestamp: 1614265330,
      body: '{"test": 2432232314}',
    };
    expect(webhookHeaders(secret, message)["webhook-signature"]).toBe(
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
  });

  it("is tried again under the same id, five times at most, and then given up", async () => {
    const { webhooks, sent, reports, next } = open(["fails", 500, 302, 404, 503]);
    webhooks.tell(news);
    const waits: (number | undefined)[] = [];
    for (let i = 0; i < 6; i++) waits.push(await next());
    expect(waits).toEqual([0, 5_000, 30_000, 120_000, 600_000, undefined]);
    expect(new Set(sent.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(reports).toHaveLength(1);
    expect(webhooks.waiting()).toBe(0);
  });

  it("is not tried once the request has ended", async () => {
    const { webhooks, sent, next } = open([500, 500, 500]);
    webhooks.tell({ ...news, notAfterMs: START + 6_000 });
    for (let i = 0; i < 4; i++) await next();
    expect(sent).toHaveLength(2);
    expect(webhooks.waiting()).toBe(0);
  });

  it("is not sent to who is gone, beyond the bound, or after the end", async () => {
    const { webhooks, sent, reports, next, timers } = open([410]);
    webhooks.tell(news);
    await next();
    webhooks.tell(news);
    expect(await next()).toBeUndefined();
    expect(sent).toHaveLength(1);
    const many = open([]);
    for (let i = 0; i < 1_001; i++) many.webhooks.tell(news);
    expect(many.timers).toHaveLength(1_000);
    expect(many.reports).toHaveLength(1);
    many.webhooks.close();
    expect(many.timers).toHaveLength(0);
    expect([timers.length, reports.length]).toEqual([0, 0]);
  });

  it.each(["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", `whsec_${"A".repeat(200)}`])(
    "has no secret %s",
    (text) => {
      expect(() => readWebhookSecret(text)).toThrow(expect.objectContaining({ code: "malformed_input" }));
    },
  );
});
