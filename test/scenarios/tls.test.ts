import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, getCACertificates, setDefaultCACertificates } from "node:tls";
import type { TokenClient } from "@narrowgate/agent";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chainRegistry, TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { selfSigned } from "./harness/self-signed.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

let gate: TestInstance;
let agent: TokenClient;
let folder: string;
const trusted = getCACertificates("default");
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "narrowgate-tls-"));
  const { certificate, key } = selfSigned();
  const files = { certificate_file: join(folder, "certificate.pem"), key_file: join(folder, "key.pem") };
  await writeFile(files.certificate_file, certificate);
  await writeFile(files.key_file, key, { mode: 0o600 });
  setDefaultCACertificates([...trusted, certificate]);
  gate = await startInstance({ config: { tls: files } });
  await gate.apply(chainRegistry(), TOKENS_FOR_ALL);
  agent = await gate.join("first");
}, 60_000);
afterAll(async () => {
  setDefaultCACertificates(trusted);
  await gate.close();
  await rm(folder, { recursive: true, force: true });
});

const port = (): number => Number(new URL(gate.issuer).port);

/** What a TLS client learns of the listener; the code of its failure, if any. */
function handshake(options: object): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ host: "localhost", port: port(), ...options });
  socket.once("secureConnect", () => {
    resolve(socket.getProtocol() ?? "none");
    socket.destroy();
  });
  socket.once("error", (error) => resolve("code" in error ? String(error.code) : error.message));
  return promise;
}

describe("the listener with a certificate of its own", () => {
  it("gives tokens whose issuer is https, under its own metadata", async () => {
    const resource = `${gate.issuer}/mcp/files`;
    const { accessToken } = await agent.request({ grant_type: "client_credentials", resource });
    const claims = JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString("utf8"));
    expect(claims).toMatchObject({ iss: gate.issuer, aud: resource });
    expect(gate.issuer).toMatch(/^https:/);
    const metadata = await fetch(`${gate.issuer}/.well-known/oauth-authorization-server`);
    expect(await metadata.json()).toMatchObject({
      issuer: gate.issuer,
      token_endpoint: `${gate.issuer}/token`,
    });
  });

  it("speaks TLS 1.2 and 1.3, and nothing older", async () => {
    expect(await handshake({})).toBe("TLSv1.3");
    expect(await handshake({ maxVersion: "TLSv1.2" })).toBe("TLSv1.2");
    // Older versions need a lower security level on the client's side to be offered at all.
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
    expect(await handshake(old)).toMatch(/^ERR_SSL_|^ECONNRESET$/);
  });

  it("does not answer plain http", async () => {
    await expect(fetch(`http://localhost:${port()}/jwks`)).rejects.toThrow();
  });

  it("is not trusted by who does not know its authority", async () => {
    expect(await handshake({ ca: trusted })).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  it("goes on after a restart with the same tokens", async () => {
    const resource = `${gate.issuer}/mcp/files`;
    const { accessToken } = await agent.request({ grant_type: "client_credentials", resource });
    await gate.restart();
    const exchanged = agent.request({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: accessToken,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      resource,
    });
    await expect(exchanged).resolves.toBeDefined();
  });
});
