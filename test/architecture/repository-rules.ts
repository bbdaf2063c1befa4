import { posix } from "node:path";
import type { SourceFile } from "./source-tree.ts";

/** A lock file names versions and integrity, and leaves where to download from to whoever installs. */
export function lockViolations({ path, text }: SourceFile): string[] {
  const packages: Record<string, { resolved?: string; link?: boolean; integrity?: string }> =
    JSON.parse(text).packages ?? {};
  return Object.entries(packages).flatMap(([name, entry]) => {
    if (entry.resolved !== undefined && entry.link !== true)
      return [`${path}: ${name} holds a download address`];
    const fromRegistry = name.startsWith("node_modules/") && entry.link !== true;
    return fromRegistry && entry.integrity === undefined ? [`${path}: ${name} has no integrity`] : [];
  });
}

// Written in pieces, so that this file does not break its own rule.
const machinePaths = [
  ["", "work", "(?:main|shared)\\b"].join("/"),
  ["", "tmp", "ng\\b"].join("/"),
  ["", "root", ""].join("/"),
  ["", "Users", "\\w"].join("/"),
  ["registry", "npmjs", "org"].join("\\."),
];

/**
 * Paths and hosts of the machine something was written on.
 * @param localPaths - further literal paths, such as where this checkout lies
 */
export function machineViolations({ path, text }: SourceFile, localPaths: readonly string[]): string[] {
  const patterns = [...machinePaths.map((source) => new RegExp(source)), ...localPaths.map(literal)];
  return text.split("\n").flatMap((line, index) => {
    const hit = patterns.map((pattern) => pattern.exec(line)?.[0]).find((found) => found !== undefined);
    return hit === undefined ? [] : [`${path}:${index + 1}: names this machine (${hit})`];
  });
}

function literal(path: string): RegExp {
  return new RegExp(`${path.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w-])`);
}

/** What a link or a citation is checked against. */
export interface Targets {
  readonly exists: (path: string) => boolean;
  readonly read: (path: string) => string | undefined;
}

const fencedCode = /^(```|~~~)[^\n]*\n[\s\S]*?^\1/gm;

/** Relative links of a Markdown page that lead nowhere, and anchors that no heading answers to. */
export function linkViolations({ path, text }: SourceFile, targets: Targets): string[] {
  const prose = text.replaceAll(fencedCode, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap(([, link = ""]) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return [];
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? path : posix.join(posix.dirname(path), decodeURI(file));
    if (!targets.exists(target)) return [`${path}: link to ${link}, which is not there`];
    if (anchor === undefined || !target.endsWith(".md")) return [];
    const known = headingAnchors(targets.read(target) ?? "");
    return known.includes(anchor) ? [] : [`${path}: link to ${link}, but no heading has that anchor`];
  });
}

function headingAnchors(markdown: string): string[] {
  return headings(markdown).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-"),
  );
}

function headings(markdown: string): string[] {
  return [...markdown.replaceAll(fencedCode, "").matchAll(/^#{1,6}\s+(.+?)\s*$/gm)].map(
    ([, title = ""]) => title,
  );
}

/** Pages of docs/ that code cites, and sections of them, that are not there. */
export function citationViolations({ path, text }: SourceFile, targets: Targets): string[] {
  const cited = /\b(docs\/[\w/-]+\.md)(?:,?\s+section\s+(\d+(?:\.\d+)*))?/g;
  return [...text.matchAll(cited)].flatMap(([whole, page = "", section]) => {
    const content = targets.read(page);
    if (content === undefined) return [`${path}: cites ${page}, which is not there`];
    if (section === undefined) return [];
    const found = headings(content).some((title) => title.split(/[\s:]/)[0]?.replace(/\.$/, "") === section);
    return found ? [] : [`${path}: cites ${whole}, but the page has no such section`];
  });
}
