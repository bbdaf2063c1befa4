import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isNarrowgateError, toBase64url, utf8 } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { drawsCanary } from "../bundle/release-reasons.ts";
import { readCertificate } from "./certificate.ts";
import { deploymentDigest, parseDeployment } from "./deployment.ts";
import {
  formatGlassStatement,
  glassChallenge,
  parseGlassReview,
  parseGlassStatement,
} from "./glass-statement.ts";
import { diffDigest, releaseDiff } from "./release-diff.ts";
import { parseReleaseManifest, releaseDigest } from "./release-manifest.ts";
import { formatReleaseStatement, parseReleaseStatement, releaseChallenge } from "./release-statement.ts";
import { MAX_WAIVER_MS, parseWaiver } from "./waiver.ts";

type Vector = {
  readonly name: string;
  readonly manifest: object;
  readonly deployment: object;
  readonly digest: string;
  readonly text: string;
  readonly challenge: string;
  readonly before: object | null;
  readonly after: object;
  readonly diff: readonly object[];
  readonly envelope: object;
  readonly predicate: object;
  readonly message: string;
};
type Vectors = {
  readonly [part in "manifest" | "deployment" | "statement" | "glass" | "certificate"]: {
    readonly accepted: readonly Vector[];
    readonly refused: readonly Vector[];
  };
} & {
  readonly diff: readonly Vector[];
  readonly draw: readonly {
    readonly deployment: string;
    readonly mandate: string;
    readonly share: number;
    readonly drawn: boolean;
  }[];
};

const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../../../../test/vectors/assurance/release.json", import.meta.url), "utf8"),
);
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isNarrowgateError(error) ? error.code : `not ours: ${error}`;
  }
  return "nothing thrown";
}

describe("a release manifest", () => {
  test.each(vectors.manifest.accepted)("is read as it stands: $name", ({ manifest, digest }) => {
    const read = parseReleaseManifest(manifest);
    expect(read).toEqual(manifest);
    expect(releaseDigest(sha256, read)).toBe(digest);
  });

  test.each(vectors.manifest.refused)("is refused: $name", ({ manifest }) => {
    expect(codeOf(() => parseReleaseManifest(manifest))).toBe("malformed_input");
  });
});

describe("a deployment", () => {
  test.each(vectors.deployment.accepted)("is read as it stands: $name", ({ deployment, digest }) => {
    const read = parseDeployment(deployment);
    expect(read).toEqual(deployment);
    expect(deploymentDigest(sha256, read)).toBe(digest);
  });

  test.each(vectors.deployment.refused)("is refused: $name", ({ deployment }) => {
    expect(codeOf(() => parseDeployment(deployment))).toBe("malformed_input");
  });
});

test.each(vectors.draw)("a canary of $share % has $mandate: $drawn", ({ drawn, ...asked }) => {
  const { deployment, mandate, share } = asked;
  expect(drawsCanary(sha256, deployment, mandate, share)).toBe(drawn);
});

describe("a release statement", () => {
  test.each(vectors.statement.accepted)("is the bytes that are signed: $name", ({ text, challenge }) => {
    const statement = parseReleaseStatement(utf8(text));
    expect(formatReleaseStatement(statement)).toEqual(utf8(text));
    expect(releaseChallenge(sha256, statement)).toBe(challenge);
  });

  test.each(vectors.statement.refused)("is refused: $name", ({ text }) => {
    expect(codeOf(() => parseReleaseStatement(utf8(text)))).toBe("malformed_input");
  });
});

describe("what is signed of a break-glass", () => {
  const parse = (text: string) =>
    text.includes('"review_glass"') ? parseGlassReview(utf8(text)) : parseGlassStatement(utf8(text));

  test.each(vectors.glass.accepted)("is the bytes that are signed: $name", ({ text, challenge }) => {
    const statement = parse(text);
    expect(formatGlassStatement(statement)).toEqual(utf8(text));
    expect(glassChallenge(sha256, statement)).toBe(challenge);
  });

  test.each(vectors.glass.refused)("is refused: $name", ({ text }) => {
    expect(codeOf(() => parse(text))).toBe("malformed_input");
  });
});

describe("a difference of releases", () => {
  test.each(vectors.diff)("names part, name and both sides: $name", ({ before, after, diff, digest }) => {
    const found = releaseDiff(
      before === null ? undefined : parseReleaseManifest(before),
      parseReleaseManifest(after),
    );
    expect(found).toEqual(diff);
    expect(diffDigest(sha256, found)).toBe(digest);
  });
});

describe("a certificate", () => {
  test.each(vectors.certificate.accepted)("is read to the bytes that are signed: $name", (vector) => {
    const read = readCertificate(vector.envelope);
    expect(read.predicate).toEqual(vector.predicate);
    expect(toBase64url(read.message)).toBe(vector.message);
  });

  test.each(vectors.certificate.refused)("is refused: $name", ({ envelope }) => {
    expect(codeOf(() => readCertificate(envelope))).toMatch(/^malformed_/);
  });
});

describe("a waiver", () => {
  const waiver = {
    format: "narrowgate-waiver/1",
    id: "AAAAAAAAAAAAAAAAAAAAAA",
    control: "CTN-03",
    agent: "refunds",
    owner: "ana@example.com",
    reason: "the budget service moves house",
    compensating: "POL-01",
    from: 1_795_000_000_000,
    until: 1_795_000_000_000 + MAX_WAIVER_MS,
  };

  test("lasts 30 days at most", () => {
    expect(parseWaiver(waiver)).toEqual(waiver);
    expect(codeOf(() => parseWaiver({ ...waiver, until: waiver.until + 1 }))).toBe("malformed_input");
    expect(codeOf(() => parseWaiver({ ...waiver, until: waiver.from }))).toBe("malformed_input");
  });

  test("is never for a control that cannot be waived, and never compensated by itself", () => {
    expect(codeOf(() => parseWaiver({ ...waiver, control: "POL-01" }))).toBe("malformed_input");
    expect(codeOf(() => parseWaiver({ ...waiver, compensating: "CTN-03" }))).toBe("malformed_input");
  });
});
