import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkIssuer, findIssuer } from "./find-issuer.ts";

const [HERE, THERE] = ["http://localhost:7433", "http://localhost:7420"];

describe("which instance is meant", () => {
  let folder: string;
  const call = (
    options: Readonly<Record<string, string>>,
    env: NodeJS.ProcessEnv = {},
  ): Parameters<typeof findIssuer>[0] => ({ text: (name) => options[name], env, directory: folder });
  const held = (...given: Parameters<typeof call>) =>
    checkIssuer(call(...given), { agent: "hello", issuer: HERE });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "ng-issuer-"));
    for (const [name, base_url] of Object.entries({ here: HERE, there: THERE, ".narrowgate": THERE })) {
      await mkdir(join(folder, name));
      const config = { environment: "dev", base_url, data_directory: "data" };
      await writeFile(join(folder, name, "config.json"), JSON.stringify(config));
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("is what was typed, then what the environment says, then the folder here", async () => {
    const env = { NARROWGATE_DATA: "here" };
    const both = { ...env, NARROWGATE_BASE_URL: "https://gate.example/" };
    expect(await findIssuer(call({}, env))).toBe(HERE);
    expect(await findIssuer(call({}, both))).toBe("https://gate.example");
    expect(await findIssuer(call({ data: "there" }, both))).toBe(THERE);
    expect(await findIssuer(call({ data: "there", url: "https://a.example" }, both))).toBe(
      "https://a.example",
    );
    expect(await findIssuer(call({}))).toBe(THERE);
  });

  test.each([
    ["--url", { url: THERE }, {}],
    ["--data", { data: "there" }, {}],
    ["NARROWGATE_DATA", {}, { NARROWGATE_DATA: "there" }],
    ["NARROWGATE_BASE_URL", {}, { NARROWGATE_BASE_URL: THERE }],
  ])("is said with %s, and a key for another one is not used", async (_, options, env) => {
    await expect(held(options, env)).rejects.toMatchObject({
      code: "usage",
      publicMessage: expect.stringContaining(`the key of hello here is for ${HERE}, not for ${THERE}`),
    });
  });

  test("is left to the key where nothing says it, whatever stands in the folder here", async () => {
    await held({});
    await held({}, { NARROWGATE_DATA: "here" });
    await held({ data: "here" }, { NARROWGATE_DATA: "there", NARROWGATE_BASE_URL: THERE });
  });

  test("is not guessed where a folder that is named holds none", async () => {
    await expect(held({}, { NARROWGATE_DATA: "nowhere" })).rejects.toMatchObject({
      code: "usage",
      publicMessage: expect.stringMatching(/there is no instance in \S+nowhere; .*--url/),
    });
  });
});
