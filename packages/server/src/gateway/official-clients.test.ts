import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as EarlierClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as EarlierTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Composed, compose, operation } from "../../test/gateway/composed-gateway.ts";
import { governedFetch } from "../../test/gateway/governed-fetch.ts";

const { resolve } = createRequire(import.meta.url);
const node = (name: string, ...args: string[]) => ({
  transport: "stdio" as const,
  command: ["node", resolve(`@modelcontextprotocol/${name}/dist/index.js`), ...args],
  isolation: "none" as const,
});

const info = { name: "test-client", version: "1.0.0" };
const modes = ["auto", "legacy"] as const;

describe("official clients and official servers", () => {
  let gate: Composed;
  let folder: string;
  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "narrowgate-tickets-")));
    writeFileSync(join(folder, "7.txt"), "the printer is on fire");
    gate = await compose({
      servers: [
        {
          id: "files",
          upstream: node("server-filesystem", folder),
          tools: [
            operation("read_text_file"),
            operation("list_directory"),
            operation("write_file", { effect: "write" }),
          ],
        },
        {
          id: "everything",
          upstream: node("server-everything"),
          tools: [operation("echo"), operation("get-sum"), operation("trigger-long-running-operation")],
          prompts: [operation("simple-prompt"), operation("args-prompt")],
          resources: [operation("demo://resource/")],
        },
      ],
    });
    await gate.approve("files");
    await gate.approve("everything");
  });
  afterAll(async () => {
    await gate.close();
    rmSync(folder, { recursive: true });
  });

  const connect = async (
    server: string,
    mode: (typeof modes)[number],
    token = gate.token(server),
  ): Promise<Client> => {
    const client = new Client(info, { versionNegotiation: { mode } });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(gate.url(server)), {
        fetch: governedFetch(gate, token, { signBody: true }),
      }),
    );
    return client;
  };
  const textOf = (result: object): string => {
    const [first] = "content" in result && Array.isArray(result.content) ? result.content : [];
    return String(first?.text);
  };

  describe.each(modes)("the v2 client, %s", (mode) => {
    it("reads and writes files, and lists what it may", async () => {
      const token = gate.token("files", {
        details: [
          {
            type: "mcp_tool",
            server: "files",
            tools: ["read_text_file", "write_file"],
            constraints: { "/path": { prefix: `${folder}/` } },
          },
        ],
      });
      const client = await connect("files", mode, token);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name).sort()).toEqual(["read_text_file", "write_file"]);
      const read = await client.callTool({
        name: "read_text_file",
        arguments: { path: join(folder, "7.txt") },
      });
      expect(textOf(read)).toBe("the printer is on fire");
      const outside = await client.callTool({ name: "read_text_file", arguments: { path: "/etc/passwd" } });
      expect([outside.isError, textOf(outside)]).toEqual([
        true,
        expect.stringContaining("authority_exceeded"),
      ]);
      const written = await client.callTool({
        name: "write_file",
        arguments: { path: join(folder, "8.txt"), content: "done" },
      });
      expect(written.isError).not.toBe(true);
      await client.close();
    });

    it("gets prompts, resources and progress", async () => {
      const client = await connect("everything", mode);
      expect((await client.listPrompts()).prompts.map(({ name }) => name).sort()).toEqual([
        "args-prompt",
        "simple-prompt",
      ]);
      expect((await client.getPrompt({ name: "simple-prompt" })).messages.length).toBeGreaterThan(0);
      expect((await client.listResourceTemplates()).resourceTemplates.length).toBeGreaterThan(0);
      const read = await client.readResource({ uri: "demo://resource/dynamic/text/1" });
      expect(read.contents[0]?.uri).toBe("demo://resource/dynamic/text/1");
      const seen: number[] = [];
      const slow = await client.callTool(
        { name: "trigger-long-running-operation", arguments: { duration: 0.2, steps: 2 } },
        { onprogress: ({ progress }) => void seen.push(progress) },
      );
      expect(textOf(slow)).toContain("completed");
      expect(seen).toEqual([1, 2]);
      await expect(client.readResource({ uri: "file:///etc/passwd" })).rejects.toMatchObject({
        data: { code: "tool_unknown" },
      });
      await client.close();
    });
  });

  it("the v1 client opens a session and ends it", async () => {
    const client = new EarlierClient(info);
    const transport = new EarlierTransport(new URL(gate.url("everything")), {
      fetch: governedFetch(gate, gate.token("everything")),
    });
    await client.connect(transport as never);
    expect(client.getServerCapabilities()).toEqual({
      prompts: { listChanged: true },
      resources: { listChanged: true },
      tools: { listChanged: true },
    });
    expect(client.getInstructions()).toBeUndefined();
    expect(textOf(await client.callTool({ name: "get-sum", arguments: { a: 2, b: 3 } }))).toContain("5");
    await client.ping();
    await transport.terminateSession();
    await client.close();
  });

  it("two clients of different eras share the child and see their own", async () => {
    const [one, two] = await Promise.all([connect("everything", "auto"), connect("everything", "legacy")]);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        (i % 2 === 0 ? one : two).callTool({ name: "echo", arguments: { message: `m${i}` } }),
      ),
    );
    expect(answers.map(textOf)).toEqual(Array.from({ length: 10 }, (_, i) => `Echo: m${i}`));
    await Promise.all([one.close(), two.close()]);
  });
});
