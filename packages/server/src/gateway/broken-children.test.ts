import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Composed, compose } from "../../test/gateway/composed-gateway.ts";
import { eventually } from "../../test/gateway/eventually.ts";
import { modern, send } from "../../test/gateway/governed-fetch.ts";
import { call, composeScripted, outcomeOf, scripted } from "../../test/gateway/scripted-server.ts";

let gate: Composed;
afterEach(() => gate.close());

/** The child is back: a call is answered again. */
async function recovers(): Promise<void> {
  await eventually(async () => outcomeOf(await call(gate, "ok"))).toBe("{}");
}

function lastOutcome(): unknown {
  const draft = gate.log.of("outcome").at(-1)?.draft;
  return [draft?.body["status"], draft?.content?.["code"]];
}

describe("a child server that misbehaves", () => {
  it("dies: the call fails, its outcome says so, and the next one finds a new child", async () => {
    gate = await composeScripted(["ok", "die"]);
    expect(outcomeOf(await call(gate, "die"))).toBe("upstream_unavailable");
    expect(lastOutcome()).toEqual(["upstream_error", "upstream_unavailable"]);
    await recovers();
    expect(gate.log.of("dispatch").length).toBe(gate.log.of("outcome").length);
  });

  it("hangs: the call times out, the child is replaced", async () => {
    gate = await composeScripted(["ok", "hang"], { limits: { callMs: 300 } });
    expect(outcomeOf(await call(gate, "hang"))).toBe("upstream_timeout");
    expect(lastOutcome()).toEqual(["timeout", "upstream_timeout"]);
    expect(gate.events).toContainEqual(
      expect.objectContaining({ kind: "upstream_ended", detail: "it hangs" }),
    );
    await recovers();
  });

  it("floods: it is ended", async () => {
    gate = await composeScripted(["ok", "flood"]);
    expect(outcomeOf(await call(gate, "flood"))).toBe("upstream_unavailable");
    expect(gate.events).toContainEqual(
      expect.objectContaining({ kind: "upstream_ended", detail: "it floods" }),
    );
    await recovers();
  });

  it.each([
    ["something that only begins like a message", "garbage", "upstream_malformed"],
    ["a duplicate member", "twice", "upstream_malformed"],
    ["a line without end", "huge", "upstream_unavailable"],
  ])("sends %s: it is ended", async (_what, tool, code) => {
    gate = await composeScripted(["ok", tool], { limits: { messageBytes: 200_000 } });
    expect(outcomeOf(await call(gate, tool))).toBe(code);
    await recovers();
  });

  it("prints a stray line, or answers what nobody asked: it is overheard", async () => {
    gate = await composeScripted(["noise", "stray"]);
    expect(outcomeOf(await call(gate, "noise"))).toBe("after noise");
    expect(outcomeOf(await call(gate, "stray"))).toBe("the right one");
  });

  it.each(["elicitation/create", "sampling/createMessage", "roots/list", "made/up"])(
    "asks for %s: it is refused",
    async (method) => {
      gate = await composeScripted(["ask"]);
      expect(outcomeOf(await call(gate, "ask", { method }))).toBe("-32601");
    },
  );

  it("cannot be started: calls are refused before anything is on its way", async () => {
    gate = await compose({
      servers: [
        scripted(["ok"], {
          upstream: { transport: "stdio", command: ["/nowhere/at-all"], isolation: "none" },
        }),
      ],
    });
    expect(outcomeOf(await call(gate, "ok"))).toBe("upstream_unavailable");
    expect(gate.log.of("dispatch")).toEqual([]);
  });

  it.each([
    ["its program is not there", {}, "it could not be started: `mcp-nosuch` was not found"],
    [
      "its folder is not there",
      { cwd: "/nowhere/at-all" },
      "it could not be started: its folder `/nowhere/at-all` was not found",
    ],
    ["it ends at once", { command: ["sh", "-c", "exit 3"] }, "it ended (status 3)"],
  ] as const)("cannot be started, and operators read why, and callers do not: %s", async (_, over, why) => {
    const started = {
      transport: "stdio",
      command: ["mcp-nosuch", "--key", "swordfish"],
      isolation: "none",
    } as const;
    const upstream = { ...started, env: { KEY: "swordfish" }, ...over };
    gate = await compose({ servers: [scripted(["ok"], { upstream })] });
    const answer = await call(gate, "ok");
    expect(outcomeOf(answer)).toBe("upstream_unavailable");
    expect(JSON.stringify(answer.body)).not.toMatch(/nosuch|nowhere|status 3/);
    expect(gate.events).toContainEqual(expect.objectContaining({ kind: "upstream_ended", detail: why }));
    // Asked again while it pauses, the reason is the same.
    for (let asked = 0; asked < 2; asked++)
      await expect(gate.approve("scripted")).rejects.toMatchObject({
        code: "upstream_unavailable",
        publicMessage: why,
      });
    expect(JSON.stringify(gate.events)).not.toContain("swordfish");
  });

  it("talks to its operator: so much per minute, and never to a caller", async () => {
    gate = await composeScripted(["mutter"]);
    expect(outcomeOf(await call(gate, "mutter"))).toBe("said it");
    const logged = () =>
      gate.events
        .filter(({ kind }) => kind === "upstream_log")
        .reduce((sum, { detail }) => sum + detail.length, 0);
    await eventually(logged).toBeGreaterThan(0);
    expect(logged()).toBeLessThanOrEqual(65_536);
  });

  it("takes its own children with it when it ends", async () => {
    gate = await composeScripted(["grandchild"]);
    const pid = outcomeOf(await call(gate, "grandchild"));
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    await gate.gateway.close();
    await eventually(() => existsSync(`/proc/${pid}`)).toBe(false);
  });
});

describe("many callers share one child", () => {
  it("each gets its own answer", async () => {
    gate = await composeScripted(["ok"]);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => call(gate, "ok", { i })));
    expect(answers.map(outcomeOf)).toEqual(Array.from({ length: 40 }, (_, i) => JSON.stringify({ i })));
  });
});

describe("isolation of a child", () => {
  const { upstream } = scripted([]);
  const isolated = upstream?.transport === "stdio" ? { ...upstream, isolation: "user" as const } : undefined;
  const over = isolated === undefined ? {} : { upstream: isolated };

  it("runs as another user, with the least environment, an empty home and no sight of our files, or not at all", async () => {
    const ours = mkdtempSync(join(tmpdir(), "narrowgate-ours-"));
    const file = join(ours, "key");
    writeFileSync(file, "secret");
    process.env["NARROWGATE_TEST_SECRET"] = "swordfish";
    gate = await compose({ servers: [scripted(["env"], over)] });
    if (process.getuid?.() !== 0) {
      // Without the right to change the user there is no isolation, and the gate says so instead of doing without.
      expect(outcomeOf(await call(gate, "env"))).toBe("posture_refused");
      return;
    }
    await gate.approve("scripted");
    const seen = JSON.parse(outcomeOf(await call(gate, "env", { file })));
    delete process.env["NARROWGATE_TEST_SECRET"];
    rmSync(ours, { recursive: true });
    expect(seen.read).toBe("EACCES");
    expect(seen.uid).not.toBe(process.getuid?.());
    expect(Object.keys(seen.env).sort()).toEqual(["HOME", "LANG", "PATH"]);
    expect(seen.cwd).toBe(seen.env.HOME);
  });

  it("as a container needs a command that starts one", async () => {
    const upstream = { transport: "stdio", command: ["node", "x.mjs"], isolation: "container" } as const;
    gate = await compose({ servers: [scripted(["ok"], { upstream })] });
    const answer = await call(gate, "ok");
    expect([answer.status, outcomeOf(answer)]).toEqual([403, "posture_refused"]);
  });

  it("outside dev there is no `none`, and what cannot be had is said", async () => {
    gate = await compose({ env: "prod", servers: [scripted(["ok"])] });
    const response = await send(gate, "scripted", {
      token: gate.token("scripted"),
      signBody: true,
      ...modern("tools/call", { name: "ok", arguments: {} }),
    });
    expect(response.status).toBe(403);
    expect(gate.events).toContainEqual(
      expect.objectContaining({
        kind: "upstream_refused",
        detail: "`isolation: none` is for the environment dev alone",
      }),
    );
  });
});
