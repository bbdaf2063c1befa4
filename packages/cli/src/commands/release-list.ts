import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { type AdminClient, openAdmin } from "../admin/admin-client.ts";
import { asObject, objectsAt, textAt, textsAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { changeLine } from "../releases/change-line.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

const ID = { name: "ID", help: "id of the release, from `release list`, or the beginning of it" };

/** The one release whose id begins like that. @throws `not_found`, `usage` when several do */
export async function findRelease(call: Call, wanted: string = call.argument(0)): Promise<JsonObject> {
  const admin = await openAdmin(call);
  const found = objectsAt(await admin.read("/releases"), "releases").filter((one) =>
    textAt(one, "id").startsWith(wanted),
  );
  const [one] = found;
  if (one === undefined)
    throw new NarrowgateError("not_found", "no such release; `narrowgate release list` has those there are");
  if (found.length > 1)
    throw new NarrowgateError("usage", "several releases begin like that; give more of the id");
  return admin.read(`/releases/${encodeURIComponent(textAt(one, "id"))}`);
}

/** What drifted of a release in force. */
function driftWords(one: JsonObject): string {
  const stands = asObject(one.stands);
  const stops = textsAt(stands, "stops").join(", ");
  const left = textAt(stands, "left");
  if (stops !== "") return `no tokens: ${stops} drifted`;
  return left === "" || left === "0" ? "" : `${left} operations left`;
}

/** What is still missing, in a word or two. */
function waitsFor(one: JsonObject): string {
  if (textAt(one, "state") === "active") return driftWords(one);
  if (textAt(one, "state") === "canary") return driftWords(one) || "promotion or roll-back";
  if (textAt(one, "state") !== "open") return "";
  const missing = [...textsAt(one, "missing"), ...textsAt(one, "lapsed").map((role) => `${role} again`)];
  const blocking = textsAt(one, "blocking").length;
  const controls = blocking === 0 ? [] : [`${blocking} controls`];
  return [...missing, ...controls].join(", ") || "promotion";
}

/** What stands over every release, in a line. */
async function overlayLines(admin: AdminClient): Promise<readonly string[]> {
  const standing = objectsAt(await admin.read("/overlays"), "overlays").filter(
    (one) => textAt(one, "state") === "in_force",
  );
  return standing.map(
    (one) =>
      `forbidden over all of them until ${formatTime(one.until)}: ${cleanText(textAt(one, "reason"), 120)} (narrowgate policy overlays)`,
  );
}

/** A canary says for how many mandates it is in force. */
function stateOf(one: JsonObject): string {
  const state = textAt(one, "state");
  return state === "canary" ? `canary ${textAt(one, "share")} %` : state;
}

/** `narrowgate release list` */
export const releaseList: CommandSpec = {
  path: ["release", "list"],
  summary: "list releases: what was proposed, who signed, what is in force",
  options: INSTANCE_OPTIONS,
  examples: [
    ["narrowgate release list", "newest first; what is active is what tokens are minted for in production"],
  ],
  async run(call) {
    const admin = await openAdmin(call);
    const releases = objectsAt(await admin.read("/releases"), "releases");
    const rows = releases.map((one) => [
      textAt(one, "id"),
      cleanText(textAt(one, "agent"), 64),
      stateOf(one),
      formatTime(one.proposed_at),
      objectsAt(one, "signed")
        .map((signed) => textAt(signed, "role"))
        .join(","),
      waitsFor(one),
    ]);
    const lines =
      rows.length === 0
        ? [
            "No release was proposed. An instance of production mints tokens only for a signed one:",
            "narrowgate release propose AGENT",
          ]
        : formatTable(["ID", "AGENT", "STATE", "PROPOSED", "SIGNED", "WAITS FOR"], rows);
    return { json: { releases: [...releases] }, lines: [...lines, ...(await overlayLines(admin))] };
  },
};

/** `narrowgate release show` */
export const releaseShow: CommandSpec = {
  path: ["release", "show"],
  summary: "show a release: what it is, who signed, what blocks it",
  arguments: [ID],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate release show Jq3", "--json has the manifest and the evaluation"]],
  async run(call) {
    const one = await findRelease(call);
    const profile = asObject(one.profile);
    const signed = objectsAt(one, "signed").map(
      (it) => `${textAt(it, "role")}: ${cleanText(textAt(it, "name"), 64)}`,
    );
    return {
      json: one,
      lines: [
        `agent ${cleanText(textAt(one, "agent"), 128)} in ${textAt(one, "environment")}: ${stateOf(one)}`,
        `release ${textAt(one, "release")}`,
        `deployment ${textAt(one, "deployment")}`,
        `profile ${textAt(profile, "name")} ${textAt(profile, "version")}: ${textAt(one, "ready").replace("_", " ")}`,
        `proposed ${formatTime(one.proposed_at)} by ${cleanText(textAt(one, "author"), 64)}`,
        `signed by ${signed.join(", ") || "nobody"}; missing: ${textsAt(one, "missing").join(", ") || "none"}`,
        `blocked by ${textsAt(one, "blocking").join(", ") || "nothing"}`,
        `differs now in ${textsAt(asObject(one.drift), "stops").join(", ") || "nothing that stops it"}`,
        ...(await overlayLines(await openAdmin(call))),
      ],
    };
  },
};

/** `narrowgate release diff` */
export const releaseDiff: CommandSpec = {
  path: ["release", "diff"],
  summary: "show what a release changes against the one that was in force when it was proposed",
  arguments: [ID],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate release diff Jq3", "part by part: + added, - removed, ~ changed"]],
  async run(call) {
    const one = await findRelease(call);
    const diff = objectsAt(one, "diff");
    const lines =
      diff.length === 0
        ? ["nothing differs"]
        : diff.map((change) => changeLine(change, asObject(one.policy_names)));
    return { json: { diff: [...diff] }, lines };
  },
};

function pageCommand(path: "sign" | "refuse"): CommandSpec {
  return {
    path: ["release", path],
    summary: `print the address at which a release is signed or refused`,
    details: [
      "There is no command that signs: each of the four reads the release on that page and answers with her passkey.",
    ],
    arguments: [ID],
    options: INSTANCE_OPTIONS,
    examples: [[`narrowgate release ${path} Jq3`, "open it in the browser that holds your passkey"]],
    async run(call) {
      const one = await findRelease(call);
      const url = textAt(one, "url");
      if (url === "")
        throw new NarrowgateError("conflict", `this release is ${textAt(one, "state")}; it cannot be signed`);
      return { json: { url }, lines: [url] };
    },
  };
}

/** `narrowgate release sign` */
export const releaseSign: CommandSpec = pageCommand("sign");

/** `narrowgate release refuse` */
export const releaseRefuse: CommandSpec = pageCommand("refuse");
