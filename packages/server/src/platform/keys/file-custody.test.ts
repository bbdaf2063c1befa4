import { verify } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyEs256 } from "../jose/es256.ts";
import { createFileCustody, openFileCustody } from "./file-custody.ts";

const MESSAGE = Buffer.from("message");
let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "narrowgate-keys-"));
  directory = join(root, "keys");
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe("the file custodian", () => {
  it("keeps its keys in one file of mode 0600 in a directory of mode 0700", async () => {
    await createFileCustody(directory);
    expect(await readdir(directory)).toEqual(["keys.json"]);
    expect((await stat(join(directory, "keys.json"))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it("signs and wraps with the same keys after a restart", async () => {
    const first = await createFileCustody(directory);
    const second = await openFileCustody(directory);
    expect(second.log.kid).toBe(first.log.kid);
    const jwk = { kty: "OKP", crv: "Ed25519", x: Buffer.from(first.log.publicKey).toString("base64url") };
    expect(verify(null, MESSAGE, { key: jwk, format: "jwk" }, await second.log.sign(MESSAGE))).toBe(true);
    const signer = second.signingTokenKey();
    expect(await verifyEs256(first.signingTokenKey().publicKey, MESSAGE, await signer.sign(MESSAGE))).toBe(
      true,
    );
    const wrapped = first.keyEncryption.wrap(Buffer.alloc(32, 7), "here");
    expect(Buffer.from(second.keyEncryption.unwrap(wrapped, "here"))).toEqual(Buffer.alloc(32, 7));
    expect(() => second.keyEncryption.unwrap(wrapped, "there")).toThrow(
      expect.objectContaining({ code: "verification_failed" }),
    );
  });

  it("shows no private part in a token key's JWK", async () => {
    const { jwk } = (await createFileCustody(directory)).signingTokenKey();
    expect(Object.keys(jwk).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });

  it("lets an added key verify before it signs, and a superseded one until its overlap is over", async () => {
    const custody = await createFileCustody(directory);
    const old = custody.signingTokenKey().kid;
    const added = await custody.addTokenKey();
    expect(custody.signingTokenKey().kid).toBe(old);
    expect(custody.tokenKeys().map(({ kid }) => kid)).toEqual([added.kid, old]);
    await custody.activateTokenKey(added.kid, 1000);
    expect(custody.signingTokenKey().kid).toBe(added.kid);
    expect(await custody.retireTokenKeys(1999, 1000)).toEqual([]);
    expect((await openFileCustody(directory)).tokenKeys()).toHaveLength(2);
    expect(await custody.retireTokenKeys(2000, 1000)).toEqual([old]);
    expect((await openFileCustody(directory)).tokenKeys().map(({ kid }) => kid)).toEqual([added.kid]);
  });

  it("never makes keys over others, nor because they are missing", async () => {
    await expect(openFileCustody(directory)).rejects.toMatchObject({ code: "store_missing" });
    await createFileCustody(directory);
    const before = await readFile(join(directory, "keys.json"), "utf8");
    await expect(createFileCustody(directory)).rejects.toMatchObject({ code: "conflict" });
    expect(await readFile(join(directory, "keys.json"), "utf8")).toBe(before);
  });

  it("refuses a key file that others can read", async () => {
    await createFileCustody(directory);
    await chmod(join(directory, "keys.json"), 0o640);
    await expect(openFileCustody(directory)).rejects.toMatchObject({ code: "store_missing" });
  });
});
