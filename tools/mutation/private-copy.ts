import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Copies every file of the repository, committed or not, to a folder where it may be broken, with the installed
 * packages linked in. Workspaces are linked to the copy itself, so that a broken file is seen by all of them.
 */
export function makePrivateCopy(root: string, copy: string): void {
  rmSync(copy, { recursive: true, force: true });
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const path of listed.split("\0")) {
    // A file may be deleted and the deletion not committed.
    if (path === "" || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(root, path), join(copy, path), { verbatimSymlinks: true });
  }
  linkModules(join(root, "node_modules"), join(copy, "node_modules"));
}

function linkModules(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name === "@narrowgate")
      cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else if (name !== ".cache") symlinkSync(join(from, name), join(to, name));
  }
}
