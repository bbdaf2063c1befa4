import { readFile } from "node:fs/promises";
import type { ServerRecord } from "@narrowgate/contracts";
import { describe, expect, it } from "vitest";
import { type Config, parseConfig } from "../config/config.ts";
import { checkPosture, unsafeSettings } from "./check-posture.ts";

function configWith(more: object): Config {
  return parseConfig(
    {
      environment: "prod",
      base_url: "https://gate.example",
      listen: { host: "0.0.0.0", port: 443 },
      data_directory: "data",
      store: { kind: "sqlite", path: "data/store/log.db" },
      anchor_file: "anchor/anchor.json",
      witnesses: [{ url: "https://witness.example", key: "w" }],
      ...more,
    },
    "/srv/gate",
  );
}

const bare: ServerRecord = {
  id: "files",
  ref: "r",
  entry: "e",
  version: 1,
  state: "active",
  upstream: { transport: "stdio", command: ["files"], isolation: "none" },
  tools: [],
  prompts: [],
  resources: [],
  allowUpstreamRequests: [],
};
const threads = { UV_THREADPOOL_SIZE: "4" };
const around = { servers: [], witnesses: 1 };
const names = (config: Config): readonly string[] =>
  unsafeSettings(config, around, threads).map(({ setting }) => setting);

describe("the posture of prod", () => {
  it("refuses a plain base URL, but for loopback", () => {
    expect(() => checkPosture(configWith({ base_url: "http://gate.example" }))).toThrow(
      expect.objectContaining({ code: "posture_refused" }),
    );
    checkPosture(configWith({ base_url: "http://localhost:7420" }));
    checkPosture(configWith({}));
  });
});

describe("unsafe settings", () => {
  it("are none when everything is as it should be", () => {
    expect(names(configWith({}))).toEqual([]);
  });

  it.each<[string, object]>([
    ["environment: dev", { environment: "dev" }],
    ["base_url: http", { environment: "staging", base_url: "http://gate.example" }],
    ["anchor_file: beside the store", { anchor_file: "data/store/anchor.json" }],
    ["fetch.allowed_hosts: 1", { fetch: { allowed_hosts: ["idp.internal"] } }],
  ])("name %s", (setting, more) => {
    expect(names(configWith(more))).toEqual([setting]);
  });

  it("name the want of a witness, whoever would have named one", () => {
    const found = unsafeSettings(configWith({ witnesses: [] }), { ...around, witnesses: 0 }, threads);
    expect(found.map(({ setting }) => setting)).toEqual(["witnesses: none"]);
    expect(names(configWith({ witnesses: [] }))).toEqual([]);
  });

  it("stand each in the page on production, with what they do", async () => {
    const page = await readFile(new URL("../../../../docs/production.md", import.meta.url), "utf8");
    const config = configWith({
      environment: "dev",
      base_url: "http://gate.example",
      anchor_file: "data/store/anchor.json",
      fetch: { allowed_hosts: ["idp.internal"] },
    });
    const all = unsafeSettings(config, { servers: [bare], witnesses: 0 }, {});
    expect(all).toHaveLength(7);
    const missing = all.filter(({ setting, effect }) => {
      const [name = ""] = setting.replace("server files: ", "").split(":");
      return !page.split("\n").some((line) => line.includes(name) && line.includes(effect));
    });
    expect(missing).toEqual([]);
  });

  it("name a child without isolation, and say that it is refused outside dev", () => {
    const [found] = unsafeSettings(configWith({}), { ...around, servers: [bare] }, threads);
    expect(found).toEqual({ setting: "server files: isolation none", effect: "it is refused here" });
  });

  it("name a thread pool of Node's default size", () => {
    const found = unsafeSettings(configWith({}), around, {});
    expect(found.map(({ setting }) => setting)).toEqual(["UV_THREADPOOL_SIZE: not set"]);
  });
});
