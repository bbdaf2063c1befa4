import type { PolicyFiles } from "@narrowgate/contracts";
import type { CandidateFile } from "../looking-ahead/messages.ts";

/** Files somebody writes: Cedar, a profile, tests. There is at least one, and no name stands twice. */
export interface Draft {
  readonly files: readonly CandidateFile[];
  /** Name of the one that is shown. */
  readonly shown: string;
}

/** Longest name of a file. */
export const MAX_NAME = 200;

const nameForm = /^(?!\/)[\w./-]+(?:\.cedar|\.cedarschema|\.cedartest\.ya?ml)$/;

/** Whether a file holds tests. */
export function isTestFile({ name }: Pick<CandidateFile, "name">): boolean {
  return /\.cedartest\.ya?ml$/.test(name);
}

/** A draft that begins with some files. */
export function draftOf(files: readonly CandidateFile[]): Draft {
  const kept = files.length === 0 ? [{ name: "policies.cedar", text: "" }] : files;
  return { files: kept, shown: kept[0]?.name ?? "" };
}

/** Why a file cannot have a name; undefined when it can. */
export function nameProblem(draft: Draft, name: string): string | undefined {
  if (name.length > MAX_NAME || !nameForm.test(name))
    return "A name ends in .cedar, .cedarschema or .cedartest.yaml.";
  return draft.files.some((file) => file.name === name) ? "There is a file of this name." : undefined;
}

/** The draft with these files in it: one of the same name is replaced. The first of them is shown. */
export function withFiles(draft: Draft, files: readonly CandidateFile[]): Draft {
  const merged = new Map([...draft.files, ...files].map((file) => [file.name, file]));
  return { files: [...merged.values()], shown: files[0]?.name ?? draft.shown };
}

/** The draft with another text of the file that is shown. */
export function withText(draft: Draft, text: string): Draft {
  const files = draft.files.map((file) => (file.name === draft.shown ? { ...file, text } : file));
  return { ...draft, files };
}

/** The draft without the file that is shown, unless it is the only one. */
export function withoutShown(draft: Draft): Draft {
  const files = draft.files.filter(({ name }) => name !== draft.shown);
  return files.length === 0 ? draft : { files, shown: files[0]?.name ?? "" };
}

/** What is compiled of a draft. */
export function bundleOf({ files }: Draft, schema: string): PolicyFiles {
  return { files: files.filter((file) => !isTestFile(file)), schema };
}

// Whoever follows a link to a transaction finds the draft again; a reload ends it.
let kept: Draft | undefined;

/** What was written last on this page, since it was loaded. */
export function keptDraft(): Draft | undefined {
  return kept;
}

/** Keeps what was written until the page is loaded anew, or somebody signs out. */
export function keepDraft(draft: Draft | undefined): void {
  kept = draft;
}
