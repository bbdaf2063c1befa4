import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Config, loadConfig, parseConfig } from "./config.ts";

const least = {
  environment: "dev",
  base_url: "http://localhost:7420",
  listen: { host: "127.0.0.1", port: 7420 },
  data_directory: "data",
  store: { kind: "sqlite", path: "data/store/log.db" },
  anchor_file: "anchor/anchor.json",
};
const parse = (more: object = {}): Config => parseConfig({ ...least, ...more }, "/srv/gate");

describe("a configuration", () => {
  it("has safe bounds where nothing is said, and absolute paths", () => {
    expect(parse()).toEqual({
      environment: "dev",
      baseUrl: "http://localhost:7420",
      approvals: {
        origin: "http://localhost:7421",
        rpId: "localhost",
        listen: { host: "127.0.0.1", port: 7421 },
        lifeSeconds: 900,
        webhooks: [],
        isAssumed: true,
      },
      listen: { host: "127.0.0.1", port: 7420 },
      dataDirectory: "/srv/gate/data",
      store: { kind: "sqlite", path: "/srv/gate/data/store/log.db" },
      anchorFile: "/srv/gate/anchor/anchor.json",
      witnesses: [],
      tokenLifeSeconds: 300,
      tokenKeyRotationHours: 24,
      fetch: { allowedHosts: [], extraCaFiles: [] },
      allowedOrigins: [],
      gateProfile: "full",
      signIn: [],
      ci: [],
    });
  });

  it("names the variables that hold addresses of stores, never the addresses", () => {
    const store = { kind: "postgres", url_variable: "STORE_URL", lost_url_variable: "LOST_URL" };
    expect(parse({ store }).store).toEqual({
      kind: "postgres",
      urlVariable: "STORE_URL",
      lostUrlVariable: "LOST_URL",
    });
    expect(() => parse({ store: { kind: "postgres", url_variable: "postgresql://u:p@db/x" } })).toThrow(
      expect.objectContaining({ code: "malformed_input" }),
    );
  });

  it("names whom releases may come from by a trust file", () => {
    expect(parse({ tested_by: "trust/dev.json" }).testedBy).toBe("/srv/gate/trust/dev.json");
  });

  it("takes a gate profile of the organisation's own, which has no name of those that ship", () => {
    const own = {
      format: "narrowgate-gate-profile/1",
      name: "desk",
      version: 1,
      controls: ["POL-01"],
      drills: [],
    };
    expect(parse({ gate_profile: "foundation" }).gateProfile).toBe("foundation");
    expect(parse({ gate_profile: own }).gateProfile).toEqual(own);
    for (const wrong of [
      "desk",
      { ...own, name: "full" },
      { ...own, name: "Foundation" },
      { ...own, more: 1 },
    ])
      expect(() => parse({ gate_profile: wrong })).toThrow(
        expect.objectContaining({ code: "malformed_input" }),
      );
  });

  it("resolves certificate files against its own folder", () => {
    const { fetch, tls } = parse({
      fetch: { allowed_hosts: ["idp.internal"], extra_ca_files: ["ca.pem"] },
      tls: { certificate_file: "tls/cert.pem", key_file: "/etc/key.pem" },
    });
    expect(fetch).toEqual({ allowedHosts: ["idp.internal"], extraCaFiles: ["/srv/gate/ca.pem"] });
    expect(tls).toEqual({ certificateFile: "/srv/gate/tls/cert.pem", keyFile: "/etc/key.pem" });
  });

  it.each<[string, object]>([
    ["/environment", { environment: "test" }],
    ["/base_url", { base_url: "http://localhost:7420/" }],
    ["/base_url", { base_url: "http://user:word@localhost" }],
    ["/base_url", { base_url: "ftp://localhost" }],
    ["/listen/port", { listen: { host: "::1", port: 65_536 } }],
    ["/token_life_seconds", { token_life_seconds: 901 }],
    ["/token_key_rotation_hours", { token_key_rotation_hours: 0 }],
    ["/fetch", { fetch: { proxy: "http://p" } }],
    ["/fetch/allowed_hosts/0", { fetch: { allowed_hosts: [7] } }],
    ["/password", { password: "x" }],
  ])("is refused by the path of what is wrong: %s", (path, more) => {
    expect(() => parse(more)).toThrow(
      expect.objectContaining({ code: "malformed_input", message: expect.stringContaining(path) }),
    );
  });

  it("is read from a file, strictly", async () => {
    const folder = await mkdtemp(join(tmpdir(), "narrowgate-config-"));
    const file = join(folder, "config.json");
    await writeFile(file, JSON.stringify(least));
    expect((await loadConfig(file)).dataDirectory).toBe(join(folder, "data"));
    await writeFile(file, '{"environment":"dev","environment":"prod"}');
    await expect(loadConfig(file)).rejects.toMatchObject({ code: "malformed_json" });
    await rm(folder, { recursive: true });
  });
});
