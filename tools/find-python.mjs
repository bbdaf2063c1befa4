/** Finds a Python for the independent checker: one that can import what Debian ships beats one that cannot. */
import { spawnSync } from "node:child_process";

const candidates = ["/usr/bin/python3", "python3"];

/** @returns {string | undefined} a program name, or nothing when there is no Python 3.9 or newer */
export function findPython() {
  return (
    candidates.find((name) => runs(name, "import cryptography")) ??
    candidates.find((name) => runs(name, "pass"))
  );
}

function runs(program, statement) {
  const check = `import sys; assert sys.version_info >= (3, 9); ${statement}`;
  return spawnSync(program, ["-c", check], { stdio: "ignore", timeout: 20_000 }).status === 0;
}
