import { generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";
import { ExternalSigningKey, errors, interactionPolicy, Provider } from "oidc-provider";
import { describe, expect, it } from "vitest";
import { providerAsFunction } from "./ask-provider.ts";

const ISSUER = "https://gate.example";

/** The parts of the provider that this room leans on. Where one of them changes, this fails before a flow does. */
describe("oidc-provider as this room uses it", () => {
  it("is the very version that was looked at", () => {
    const { version } = createRequire(import.meta.url)("oidc-provider/package.json");
    expect(version).toBe("9.13.3");
  });

  it("has the methods, classes and errors that are called", () => {
    const { prototype } = Provider;
    for (const name of [
      "interactionDetails",
      "interactionResult",
      "backchannelResult",
      "callback",
      "use",
    ] as const)
      expect(typeof prototype[name]).toBe("function");
    const { base, Prompt, Check } = interactionPolicy;
    expect([typeof base().clear, typeof base().add, typeof Prompt]).toEqual([
      "function",
      "function",
      "function",
    ]);
    expect([Check.REQUEST_PROMPT, Check.NO_NEED_TO_PROMPT]).toEqual([true, false]);
    for (const name of ["InvalidGrant", "AccessDenied", "InvalidBindingMessage", "SessionNotFound"] as const)
      expect(typeof errors[name]).toBe("function");
  });

  it("answers as a function: nothing on a wire, our own host, cookies apart, and asks accounts with their source", async () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    class Key extends ExternalSigningKey {
      override get kid(): string {
        return "kid";
      }
      override get alg(): string {
        return "ES256";
      }
      override keyObject() {
        return publicKey;
      }
      override sign(): Uint8Array {
        return new Uint8Array(64);
      }
    }
    const client = {
      client_id: "app",
      redirect_uris: ["https://app.example/cb"],
      token_endpoint_auth_method: "none" as const,
    };
    const provider = new Provider(ISSUER, {
      jwks: { keys: [new Key()] },
      clients: [{ ...client, id_token_signed_response_alg: "ES256" }],
      cookies: { keys: ["a secret of this test"] },
      extraParams: ["ours"],
      features: {
        devInteractions: { enabled: false },
        externalSigningSupport: { enabled: true, ack: "experimental-01" },
      },
      interactions: { url: (_ctx, { uid, params }) => `/consent/${uid}?ours=${String(params["ours"])}` },
    });
    const ask = providerAsFunction(provider, ISSUER);
    const query = new URLSearchParams({
      client_id: "app",
      response_type: "code",
      redirect_uri: "https://app.example/cb",
      code_challenge: "A".repeat(43),
      code_challenge_method: "S256",
      scope: "openid",
      ours: "carried",
    });
    const begun = await ask({ method: "GET", path: `/auth?${query}` });
    expect([begun.status, begun.location]).toEqual([
      303,
      expect.stringMatching(/^\/consent\/.*\?ours=carried$/),
    ]);
    expect(begun.cookies.every((cookie) => cookie.includes("httponly") && cookie.includes("secure"))).toBe(
      true,
    );
    const refused = await ask({
      method: "POST",
      path: "/token",
      form: new URLSearchParams({
        grant_type: "authorization_code",
        client_id: "app",
        code: "x",
        redirect_uri: "y",
      }),
    });
    expect([refused.status, refused.body]).toEqual([
      400,
      expect.objectContaining({ error: "invalid_grant" }),
    ]);
  });
});
