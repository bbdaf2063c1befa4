import { MAX_GLASS_S } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { objectsAt, textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";
import { REASON_OPTION, reasonOf } from "./agent-lifecycle.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** `90m` in seconds. @throws `usage` */
function secondsOf(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,5})([smh])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNITS[unit] ?? 0);
  if (seconds >= 1 && seconds <= MAX_GLASS_S) return seconds;
  throw new NarrowgateError("usage", "--for takes a time such as 30m or 1h, at most 4h");
}

/** `narrowgate release break-glass` */
export const releaseBreakGlass: CommandSpec = {
  path: ["release", "break-glass"],
  summary: "ask two people to let an agent of production through for a short time without a signed release",
  details: [
    "Two different people of the four release roles, one of them for security, read what the agent could do and sign with",
    "their passkeys; neither asked for it, owns the agent or is its deputy. Tokens are minted until the time is over and no",
    "longer; `release rollback` ends it at once. Within a day of its end somebody else, for security or compliance, reads the",
    "calls it made and signs what she found: until then there is no further one for that agent once the day is over.",
  ],
  arguments: [{ name: "AGENT", help: "id of the agent" }],
  options: [
    REASON_OPTION,
    { name: "for", value: "TIME", help: "how long, such as 30m; 1h when it is not given, at most 4h" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    [
      'narrowgate release break-glass desk-refund --reason "outage at the bank" --for 30m',
      "says where it is signed",
    ],
  ],
  async run(call) {
    const admin = await openAdmin(call);
    const seconds = secondsOf(call.text("for") ?? "1h");
    const made = await admin.send("POST", `/agents/${encodeURIComponent(call.argument(0))}/break-glass`, {
      reason: reasonOf(call.text("reason")),
      seconds,
    });
    return {
      json: made,
      lines: [
        `asked: ${textAt(made, "agent")} for ${seconds} seconds from the second signature`,
        "to be signed within the hour by two people, one of them for security, at",
        textAt(made, "url"),
      ],
    };
  },
};

function rowOf(one: JsonObject): readonly string[] {
  const due = one.review_due === undefined ? "" : `review ${one.overdue === true ? "OVERDUE since" : "due"} `;
  const review = one.review_due === undefined ? "" : formatTime(one.review_due);
  return [
    textAt(one, "id"),
    cleanText(textAt(one, "agent"), 64),
    textAt(one, "state"),
    one.until === undefined ? "" : formatTime(one.until),
    objectsAt(one, "signed")
      .map((signed) => `${cleanText(textAt(signed, "name"), 32)} (${textAt(signed, "role")})`)
      .join(", "),
    cleanText(textAt(one, "reason"), 48),
    `${due}${review}`,
  ];
}

/** `narrowgate release glass` */
export const releaseGlasses: CommandSpec = {
  path: ["release", "glass"],
  summary:
    "list when agents were let through without a signed release, who signed, and what waits for a review",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate release glass", "--json has the address at which each is signed or reviewed"]],
  async run(call) {
    const admin = await openAdmin(call);
    const glasses = objectsAt(await admin.read("/break-glass"), "glasses");
    const table = formatTable(
      ["ID", "AGENT", "STATE", "UNTIL", "SIGNED", "REASON", "REVIEW"],
      glasses.map(rowOf),
    );
    const addresses = glasses.flatMap((one) => {
      const url = textAt(one, "url");
      return url === "" ? [] : [`${textAt(one, "state") === "due" ? "review" : "sign"} at ${url}`];
    });
    const lines =
      glasses.length === 0
        ? ["No agent was let through without a signed release."]
        : [...table, ...addresses];
    return { json: { glasses: [...glasses] }, lines };
  },
};
