import { describe, expect, test } from "vitest";
import { parseRoute } from "./route.ts";
import { SECTIONS, sectionOf } from "./sections.ts";

const places = SECTIONS.flatMap((section) => section.places);

describe("the navigation", () => {
  test("leads from each place to the page it names, and names none twice", () => {
    for (const { to, page } of places) expect(parseRoute(to)).toMatchObject({ page });
    expect(new Set(places.map(({ to }) => to)).size).toBe(places.length);
    expect(new Set(places.map(({ name }) => name)).size).toBe(places.length);
  });

  test.each([
    ["/", "Home"],
    [`/txn/${"A".repeat(22)}.${"B".repeat(22)}`, "Activity"],
    ["/agents/a", "Who acts"],
    ["/agents/a/readiness", "Assurance"],
    ["/policies/3", "Policies"],
    [`/releases/${"A".repeat(22)}`, "Assurance"],
    [`/entries/${"A".repeat(22)}`, "Audit"],
    ["/verify", "Audit"],
  ])("%s stands under %s", (path, name) => {
    expect(sectionOf(parseRoute(path).page)?.name).toBe(name);
  });

  test("knows a section for every page that there is", () => {
    const pages = SECTIONS.flatMap(({ places: some, below }) => [...some.map(({ page }) => page), ...below]);
    expect(new Set(pages).size).toBe(pages.length);
    expect(sectionOf("unknown")).toBeUndefined();
  });
});
