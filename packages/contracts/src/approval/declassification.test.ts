import { createHash } from "node:crypto";
import { canonicalJson, isNarrowgateError } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import vectors from "../../../../test/vectors/approval/declassification.json" with { type: "json" };
import {
  declassificationDigest,
  declassifyRequires,
  parseDeclassification,
  renderDeclassification,
  renderedDigest,
} from "../index.ts";

const sha256 = (data: Uint8Array): Uint8Array => createHash("sha256").update(data).digest();

describe("a declassification", () => {
  test.each(vectors.accepted)("$name: is read, named, shown and asked of whom it has to be", (each) => {
    const asked = parseDeclassification(each.declassification);
    const rows = renderDeclassification(asked);
    expect({
      canonical: canonicalJson(asked),
      digest: declassificationDigest(sha256, asked),
      requires: declassifyRequires(asked),
      rows,
      rendered: renderedDigest(sha256, rows),
    }).toEqual({
      canonical: each.canonical,
      digest: each.digest,
      requires: each.requires,
      rows: each.rows,
      rendered: each.rendered,
    });
  });

  test.each(vectors.refused)("$name: is none", ({ declassification, code, path }) => {
    let said: unknown;
    try {
      parseDeclassification(declassification);
    } catch (cause) {
      if (!isNarrowgateError(cause)) throw cause;
      const at = /^(?:\w+: )?(\/\S*):/.exec(cause.publicMessage)?.[1] ?? "";
      said = { code: cause.code, path: at };
    }
    expect(said).toEqual({ code, path });
  });
});
