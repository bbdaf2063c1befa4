import { readFileSync } from "node:fs";
import { fromBase64url, isNarrowgateError, sha256, toBase64url, utf8 } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReleaseManifest } from "../assurance/release-manifest.ts";
import type { BundleEntry } from "../bundle/proof-bundle.ts";
import type { Leaf } from "../evidence/leaf.ts";
import { harmlessServers } from "./harmless-servers.ts";
import { packFile, parsePackDocument, parsePackEnd, parsePackFile } from "./pack-documents.ts";
import { populationName, transactionName } from "./pack-names.ts";
import { drawOf, type Judged, Population } from "./population.ts";
import { PACK_README } from "./readme.ts";
import { MAX_PACKED_FILE, parseTarHeader, tarHeader, tarPadding } from "./tar.ts";

type Header = { readonly name: string; readonly size: number; readonly header: string };
type Container = {
  readonly headers: readonly Header[];
  readonly refused: readonly { readonly why: string; readonly header: string }[];
};
type Draws = {
  readonly draws: readonly { readonly seed: string; readonly leaf: string; readonly draw: string }[];
};

type Judgements = Pick<ReleaseManifest, "tools"> & {
  readonly since: number;
  readonly deployments: readonly string[];
  readonly registrations: readonly {
    readonly ref: string;
    readonly version: number;
    readonly document: object;
  }[];
  readonly cases: readonly {
    readonly why: string;
    readonly sensitive: boolean;
    readonly leaves: readonly object[];
  }[];
};

const nothingShown: Judged = {
  servers: { underRelease: new Set(), atAll: new Set() },
  deployments: new Set(),
};

function vectors<T>(name: string): T {
  return JSON.parse(
    readFileSync(new URL(`../../../../test/vectors/evidence-pack/${name}`, import.meta.url), "utf8"),
  );
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isNarrowgateError(error) ? error.code : String(error);
  }
  return "accepted";
}

describe("the container of an evidence pack", () => {
  const { headers, refused } = vectors<Container>("container.json");

  test.each(headers)("has one header for $name of $size bytes", ({ name, size, header }) => {
    expect(toBase64url(tarHeader(name, size))).toBe(header);
    expect(parseTarHeader(fromBase64url(header))).toEqual({ name, size });
  });

  test.each(refused)("refuses $why", ({ header }) => {
    expect(codeOf(() => parseTarHeader(fromBase64url(header)))).toBe("malformed_input");
  });

  test("takes no name or size that a header cannot have", () => {
    for (const name of ["", "a".repeat(100), "a b", "é", "a\u0000b"])
      expect(
        codeOf(() => tarHeader(name, 1)),
        name,
      ).toBe("malformed_input");
    for (const size of [-1, 0.5, MAX_PACKED_FILE + 1])
      expect(
        codeOf(() => tarHeader("a", size)),
        String(size),
      ).toBe("malformed_input");
  });

  test("fills files up to whole blocks, and any other byte in a header is refused", () => {
    fc.assert(
      fc.property(fc.nat(2_000_000), fc.nat(511), fc.integer({ min: 1, max: 255 }), (size, at, flip) => {
        expect((size + tarPadding(size).length) % 512).toBe(0);
        const header = tarHeader("pack.json", size);
        header[at] = (header[at] ?? 0) ^ flip;
        const read = codeOf(() => parseTarHeader(header));
        expect(read === "malformed_input").toBe(true);
      }),
    );
  });

  test("has the instructions of the specification, word for word", () => {
    const page = readFileSync(new URL("../../../../docs/spec/evidence-pack.md", import.meta.url), "utf8");
    expect(page.split("```text\n")[1]?.split("```")[0]).toBe(PACK_README);
  });

  test("numbers files from one, in six digits or more", () => {
    expect([populationName(1), transactionName(1_000_000)]).toEqual([
      "population/000001.jsonl",
      "transactions/1000000.json",
    ]);
  });
});

describe("documents of an evidence pack", () => {
  const digest = "A".repeat(43);
  const pack = {
    format: "narrowgate-evidence/1",
    agent: "clerk",
    ref: "A".repeat(22),
    release: digest,
    evaluation: "A".repeat(22),
    since: 1,
    sample: 300,
    made_by: { version: "0.1.0", verifier: digest },
  };
  const end = {
    format: "narrowgate-evidence-end/1",
    leaves: 3,
    population: 2,
    sensitive: 1,
    sampled: 1,
    transactions: 2,
    procedures: [digest],
    digest,
  };

  test("are read as they are written", () => {
    expect(parsePackDocument(parsePackFile(packFile(pack), "pack.json"))).toEqual(pack);
    expect(parsePackEnd(parsePackFile(packFile(end), "end.json"))).toEqual(end);
  });

  test.each([
    ["a further member", { ...pack, more: 1 }],
    ["a sample of none", { ...pack, sample: 0 }],
    ["a sample beyond the bound", { ...pack, sample: 10_001 }],
    ["a time before 1970", { ...pack, since: -1 }],
    ["another format", { ...pack, format: "narrowgate-evidence/2" }],
    ["no maker", { ...pack, made_by: {} }],
  ])("with %s are refused", (_, document) => {
    expect(codeOf(() => parsePackDocument(document))).toBe("malformed_input");
  });

  test("that are not canonical, or end otherwise, are refused", () => {
    const text = '{"a":1}';
    for (const other of [text, `${text}\n\n`, `${text} \n`, '{ "a":1}\n', '{"b":1,"a":1}\n'])
      expect(
        codeOf(() => parsePackFile(utf8(other), "x")),
        other,
      ).toBe("malformed_input");
    expect(parsePackFile(utf8(`${text}\n`), "x")).toEqual({ a: 1 });
  });
});

describe("the population of an evidence pack", () => {
  let count = 0;
  const leaf = (type: string, txn: string, at: number, body: object = {}): Leaf => {
    count++;
    const id = toBase64url(sha256(utf8(String(count))).subarray(0, 16));
    // The tally looks at these members alone, and a whole leaf is no matter here.
    return JSON.parse(
      JSON.stringify({
        type,
        id,
        at,
        body,
        txn: { id: txn, seq: 0, prev: null },
        agent: { id: "a", seq: 9, prev: "x" },
      }),
    );
  };

  test.each(vectors<Draws>("draw.json").draws)(
    "draws $leaf as the vectors say",
    ({ seed, leaf: id, draw }) => {
      expect(toBase64url(drawOf(sha256, seed, id))).toBe(draw);
    },
  );

  test("counts as sensitive what people were asked about, and none of what stands before its beginning", () => {
    const population = new Population(100, nothingShown);
    population.take(leaf("dispatch", "t2", 200, { server: "other", decision: "d" }));
    population.take(leaf("approval", "t3", 200));
    population.take(leaf("outcome", "t1", 200));
    population.take(leaf("approval", "t1", 99));
    population.take(leaf("dispatch", "t4", 99, { server: "other", decision: "d" }));
    const { sensitive, sampled, population: all } = population.select(sha256, "seed", 10);
    expect([sensitive, sampled, all]).toEqual([["t2", "t3"], ["t1"], 3]);
  });

  const judged = vectors<Judgements>("population.json");
  const entries = judged.registrations.map(
    ({ ref, version, document }): BundleEntry =>
      // The tally looks at these members alone, and a whole registration is no matter here.
      JSON.parse(
        JSON.stringify({
          leaf: { type: "registry", body: { kind: "server", ref, version } },
          openings: { content: { document } },
        }),
      ),
  );
  const shown = {
    servers: harmlessServers(judged, entries),
    deployments: new Set(judged.deployments),
  };

  test.each(judged.cases)("judges $why as the vectors say", ({ leaves, sensitive }) => {
    const population = new Population(judged.since, shown);
    for (const one of leaves) population.take(JSON.parse(JSON.stringify({ ...one, txn: { id: "t" } })));
    expect(population.select(sha256, "seed", 1).sensitive).toEqual(sensitive ? ["t"] : []);
  });

  test("draws the same ones whatever order they are met in, and never more than were asked for", () => {
    const leaves = Array.from({ length: 40 }, (_, i) => leaf("outcome", `t${i}`, 200));
    const draw = (some: readonly Leaf[], sample: number): readonly string[] => {
      const population = new Population(0, nothingShown);
      for (const one of some) population.take(one);
      return population.select(sha256, "seed", sample).sampled;
    };
    expect(draw(leaves, 7)).toHaveLength(7);
    expect(draw(leaves.toReversed(), 7)).toEqual(draw(leaves, 7));
    expect(draw(leaves, 100)).toHaveLength(40);
    expect(draw(leaves, 7)).toEqual(draw(leaves, 100).slice(0, 7));
  });

  test("ends with the first leaf before its beginning, or the first of the agent", () => {
    const population = new Population(100, nothingShown);
    expect([leaf("outcome", "t", 100), leaf("outcome", "t", 99)].map((one) => population.ends(one))).toEqual([
      false,
      true,
    ]);
    expect(population.ends({ ...leaf("outcome", "t", 200), agent: { id: "a", seq: 0, prev: null } })).toBe(
      true,
    );
  });
});
