import { basename, isAbsolute, normalize, relative } from "node:path";

const programs = new Set(["docker", "podman", "nerdctl"]);

/** Options that take a value and weaken nothing by themselves; what some of them must say is checked below. */
const valued = new Set([
  "--cap-drop",
  "--cpus",
  "--entrypoint",
  "--env",
  "--hostname",
  "--label",
  "--log-driver",
  "--log-opt",
  "--memory",
  "--memory-swap",
  "--mount",
  "--name",
  "--network",
  "--pids-limit",
  "--platform",
  "--pull",
  "--security-opt",
  "--shm-size",
  "--stop-timeout",
  "--tmpfs",
  "--ulimit",
  "--user",
  "--volume",
  "--workdir",
]);
const plain = new Set(["--init", "--interactive", "--quiet", "--read-only", "--rm"]);
const long: Readonly<Record<string, string>> = {
  "--net": "--network",
  "-e": "--env",
  "-h": "--hostname",
  "-i": "--interactive",
  "-l": "--label",
  "-m": "--memory",
  "-q": "--quiet",
  "-u": "--user",
  "-v": "--volume",
  "-w": "--workdir",
};

type Options = ReadonlyMap<string, readonly string[]>;

/** One option, and how many words it takes; a sentence when it cannot be understood. */
function readOption(
  word: string,
  next: string,
): { readonly name: string; readonly value: string; readonly words: 1 | 2 } | string {
  const [written = "", ...joined] = word.split("=");
  const name = long[written] ?? written;
  const isJoined = joined.length > 0;
  if (valued.has(name)) return { name, value: isJoined ? joined.join("=") : next, words: isJoined ? 1 : 2 };
  if (plain.has(name) && !isJoined) return { name, value: "", words: 1 };
  // What is not known could undo all the rest; and of a switch that is given a value nobody knows which it has.
  return `\`${word.slice(0, 64)}\` cannot stand in the command of a container here`;
}

/** The options before the image, or what keeps them from being understood. */
function readOptions(words: readonly string[]): Options | string {
  const options = new Map<string, string[]>();
  for (let at = 0; at < words.length; ) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) return options;
    const option = readOption(word, words[at + 1] ?? "");
    if (typeof option === "string") return option;
    options.set(option.name, [...(options.get(option.name) ?? []), option.value]);
    at += option.words;
  }
  return "the command names no image";
}

/** The path on this machine that a mount shows; undefined for what is no path of it. */
function hostPathOf(name: "--mount" | "--volume", value: string): string | undefined {
  if (name === "--volume") {
    const [source = "", target] = value.split(":");
    return target === undefined || /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(source) ? undefined : source;
  }
  const fields = new Map(
    value.split(",").map((field) => [field.split("=", 1)[0] ?? "", field.replace(/^[^=]*=?/, "")]),
  );
  const type = fields.get("type") ?? "volume";
  if (type === "tmpfs") return undefined;
  const source = fields.get("source") ?? fields.get("src") ?? "";
  return type === "volume" && !source.includes("/") ? undefined : source;
}

const isWithin = (inner: string, outer: string): boolean => {
  const way = relative(outer, inner);
  return way === "" || !(way.startsWith("..") || isAbsolute(way));
};

function pathFault(source: string, privatePaths: readonly string[]): string | undefined {
  if (!isAbsolute(source) || source.includes(".."))
    return "a mount names its path from the root, without `..`";
  const path = normalize(source);
  if (path.endsWith(".sock")) return "a container that holds a socket of this machine is no isolation";
  const isOurs = privatePaths.some((ours) => isWithin(path, ours) || isWithin(ours, path));
  return isOurs ? "a mount shows the container files of this server" : undefined;
}

function mountFault(options: Options, privatePaths: readonly string[]): string | undefined {
  const sources = (["--mount", "--volume"] as const).flatMap((name) =>
    (options.get(name) ?? []).map((value) => hostPathOf(name, value)),
  );
  const paths = sources.filter((source) => source !== undefined);
  return paths.map((path) => pathFault(path, privatePaths)).find((fault) => fault !== undefined);
}

const last = (options: Options, name: string): string => options.get(name)?.at(-1) ?? "";

function networkFault(options: Options): string | undefined {
  const network = last(options, "--network");
  // A network that is another container's or namespace's has a colon in its name.
  if (network !== "" && network !== "host" && !network.includes(":")) return undefined;
  return "the command of a container needs `--network none`, or one that is named and not the host's";
}

function userFault(options: Options): string | undefined {
  const user = last(options, "--user");
  if (/^[A-Za-z0-9_]/.test(user) && !/^(?:root|0+)(?::|$)/.test(user)) return undefined;
  return "the command of a container needs `--user` with one that is not root";
}

function switchFault(options: Options): string | undefined {
  const absent = ["--interactive", "--rm", "--read-only"].find((needed) => !options.has(needed));
  return absent === undefined ? undefined : `the command of a container needs \`${absent}\``;
}

function securityFault(options: Options): string | undefined {
  const loose = options
    .get("--security-opt")
    ?.some((value) => !/^no-new-privileges(?:[:=]true)?$/.test(value));
  return loose === true ? "`--security-opt` can only be `no-new-privileges`" : undefined;
}

/**
 * Why a command starts no container that keeps a child apart; undefined when it does. It is read as the program will read
 * it: what cannot be understood is a fault.
 * @param privatePaths - absolute; what a mount must not show
 */
export function containerFault(
  command: readonly string[],
  privatePaths: readonly string[],
): string | undefined {
  const [program = "", verb, ...words] = command;
  if (!programs.has(basename(program)))
    return "`isolation: container` needs a command that starts one (docker, podman, nerdctl)";
  if (verb !== "run") return "the command of a container is `run`, with its options behind it";
  const options = readOptions(words);
  if (typeof options === "string") return options;
  return (
    switchFault(options) ??
    networkFault(options) ??
    userFault(options) ??
    securityFault(options) ??
    mountFault(options, privatePaths)
  );
}
