import { parseTrustFileBytes, type TrustFile } from "@narrowgate/contracts";
import { isNarrowgateError, sha256, toSha256Text } from "@narrowgate/kernel";
import { type PolicyEngine, verifyBundle, webCrypto } from "@narrowgate/verifier";
import { viewBundle } from "../view/bundle-view.ts";
import { loadEngine } from "./load-engine.ts";
import type { Verification, VerificationAnswer, VerificationOrder } from "./messages.ts";

let engine: Promise<PolicyEngine> | undefined;

function readTrust(bytes: Uint8Array | undefined): TrustFile | undefined {
  return bytes === undefined ? undefined : parseTrustFileBytes(bytes);
}

async function verify({ bundle, trust }: VerificationOrder): Promise<Verification> {
  const startedMs = performance.now();
  const trusted = readTrust(trust);
  engine ??= loadEngine();
  const loaded = await engine;
  const report = await verifyBundle(bundle, {
    crypto: webCrypto(crypto.subtle),
    engine: loaded,
    ...(trusted === undefined ? {} : { trust: trusted }),
  });
  const { version: cedarVersion, wasmDigest, procedureDigest } = loaded;
  return {
    view: viewBundle(bundle, report),
    engine: { cedarVersion, wasmDigest, procedureDigest },
    fileDigest: toSha256Text(sha256(bundle)),
    fileBytes: bundle.length,
    elapsedMs: Math.round(performance.now() - startedMs),
  };
}

async function answer(order: VerificationOrder): Promise<VerificationAnswer> {
  try {
    return { id: order.id, kind: "verified", verification: await verify(order) };
  } catch (error) {
    // A failed load is tried again with the next order.
    if (!isNarrowgateError(error) || error.code === "fetch_failed") engine = undefined;
    const message = isNarrowgateError(error)
      ? error.publicMessage
      : "the check could not be run in this browser";
    return { id: order.id, kind: "refused", message };
  }
}

addEventListener("message", (event: MessageEvent<VerificationOrder>) => {
  void answer(event.data).then((message) => postMessage(message));
});
