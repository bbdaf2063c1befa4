import { createPublicKey, hash, type JsonWebKey, verify } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";

// biome-ignore lint/suspicious/noExplicitAny: claims of every shape are looked into
export type Claims = any;

/** An MCP server that trusts one issuer: it lets in nothing but tokens for itself, with a proof by the key they name. */
export interface GuardingServer {
  readonly url: string;
  /** Claims of what was let in, with the JSON-RPC method. */
  readonly accepted: { readonly method: string; readonly claims: Claims; readonly text: string }[];
  /** Why requests were turned away. */
  readonly refused: string[];
  /** From now on proofs must carry this nonce. */
  wantNonce(nonce: string): void;
  close(): Promise<void>;
}

function parts(jws: string): {
  readonly header: Claims;
  readonly claims: Claims;
  readonly input: string;
  readonly signature: Buffer;
} {
  const [header = "", payload = "", signature = ""] = jws.split(".");
  const json = (text: string): Claims => JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  return {
    header: json(header),
    claims: json(payload),
    input: `${header}.${payload}`,
    signature: Buffer.from(signature, "base64url"),
  };
}

function isSignedBy(
  jwk: JsonWebKey,
  { input, signature }: { readonly input: string; readonly signature: Buffer },
): boolean {
  const key = createPublicKey({ key: jwk, format: "jwk" });
  return verify("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }, signature);
}

const digest = (data: string | Uint8Array): string => hash("sha256", data, "base64url");

/** What a careful resource server asks of a request (RFC 9068 section 4, RFC 9449 section 4.3). */
async function fault(
  req: IncomingMessage,
  body: Uint8Array,
  here: { issuer: string; url: string; used: Set<string>; nonce: string | undefined },
): Promise<string | undefined> {
  const [scheme, token = ""] = (req.headers.authorization ?? "").split(" ");
  if (scheme !== "DPoP") return "no token";
  const jws = parts(token);
  const { keys } = await (await fetch(`${here.issuer}/jwks`)).json();
  const key = keys.find((one: Claims) => one.kid === jws.header.kid);
  if (jws.header.typ !== "at+jwt" || jws.header.alg !== "ES256" || key === undefined) return "header";
  if (!isSignedBy(key, jws)) return "signature";
  const { iss, aud, exp, iat, cnf } = jws.claims;
  if (iss !== here.issuer || aud !== here.url) return "issuer or audience";
  if (exp <= Date.now() / 1000 || exp - iat > 300) return "time";
  const proof = parts(String(req.headers["dpop"] ?? ".."));
  const { kty, crv, x, y } = proof.header.jwk;
  if (digest(JSON.stringify({ crv, kty, x, y })) !== cnf.jkt || !isSignedBy(proof.header.jwk, proof))
    return "key";
  const { htm, htu, ath, jti, body_sha256 } = proof.claims;
  if (htm !== req.method || htu !== here.url || ath !== digest(token)) return "proof";
  if (body.length > 0 && body_sha256 !== digest(body)) return "body";
  if (here.used.has(jti)) return "replay";
  if (proof.claims.nonce !== here.nonce) return "nonce";
  here.used.add(jti);
  return undefined;
}

async function readAll(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Starts it. Its tools: `whoami`, and `note` with a text. */
export async function startGuardingServer(issuer: string): Promise<GuardingServer> {
  const handler = createMcpHandler(
    () => {
      const server = new McpServer({ name: "guarding", version: "1.0.0" });
      const answer = async () => ({ content: [{ type: "text" as const, text: "let in" }] });
      server.registerTool("whoami", { description: "says that it was reached" }, answer);
      server.registerTool("other", { description: "is never called" }, answer);
      return server;
    },
    { legacy: "reject" },
  );
  const serve = toNodeHandler(handler);
  const accepted: GuardingServer["accepted"] = [];
  const refused: string[] = [];
  const used = new Set<string>();
  let nonce: string | undefined;
  const http = createServer(async (req, res) => {
    const body = await readAll(req);
    const wrong = await fault(req, body, { issuer, url, used, nonce }).catch(() => "malformed");
    if (wrong !== undefined) {
      refused.push(wrong);
      const error = wrong === "nonce" ? "use_dpop_nonce" : "invalid_token";
      const fresh = nonce === undefined ? {} : { "DPoP-Nonce": nonce };
      res.writeHead(401, { "WWW-Authenticate": `DPoP error="${error}"`, ...fresh }).end();
      return;
    }
    const text = (req.headers.authorization ?? "").slice("DPoP ".length);
    const message = body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
    accepted.push({ method: message.method ?? req.method, claims: parts(text).claims, text });
    await serve(req as never, res as never, message);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
  return {
    url,
    accepted,
    refused,
    wantNonce(wanted) {
      nonce = wanted;
    },
    async close() {
      await handler.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
