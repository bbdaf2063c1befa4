import { describe, expect, it } from "vitest";
import { containerFault } from "./container-command.ts";

const good = ["-i", "--rm", "--read-only", "--network", "none", "--user=10001:10001"];
const fault = (options: readonly string[], program = "docker"): string | undefined =>
  containerFault(
    [program, "run", ...options, "image:1", "--privileged", "serve"],
    ["/srv/gate/data", "/srv/anchor"],
  );
/** The good options without one, and with others. */
const but = (without: string, ...more: string[]): string[] => {
  const at = good.findIndex((word) => word.startsWith(without));
  return [...good.slice(0, at), ...good.slice(at + (without === "--network" ? 2 : 1)), ...more];
};

describe("the command of a container", () => {
  it.each([
    good,
    [...good, "-v", "cache:/cache", "--tmpfs", "/tmp", "-e", "A=-b", "--init", "--cap-drop=ALL"],
    [...good, "--mount", "type=bind,source=/srv/files,target=/files,readonly"],
    [
      ...good,
      "--mount=type=tmpfs,target=/x",
      "--volume=/srv/files:/files:ro",
      "--security-opt=no-new-privileges",
    ],
    but("--network", "--net=tools"),
  ])("is taken when it keeps the child apart: %j", (...options) => {
    expect(["docker", "/usr/bin/podman", "nerdctl"].map((program) => fault(options, program))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    ["--interactive", but("-i")],
    ["--rm", but("--rm")],
    ["--read-only", but("--read-only")],
    ["--network none", but("--network")],
    ["--network none", but("--network", "--network=host")],
    ["--network none", [...good, "--net", "container:gate"]],
    ["--user", but("--user")],
    ["--user", but("--user", "-u", "0:0")],
    ["--user", but("--user", "--user=root")],
    ["--user", [...good, "--user", ":0"]],
    ["`--privileged`", ["--privileged", ...good]],
    ["`--pid=host`", [...good, "--pid=host"]],
    ["`--device`", [...good, "--device", "/dev/mem"]],
    ["`--read-only=false`", [...good, "--read-only=false"]],
    ["`-it`", [...good, "-it"]],
    ["no-new-privileges", [...good, "--security-opt", "seccomp=unconfined"]],
    ["files of this server", [...good, "-v", "/srv/gate/data:/d"]],
    ["files of this server", [...good, "-v", "/srv/gate/data/keys:/d:ro"]],
    ["files of this server", [...good, "--volume=/srv:/d"]],
    ["files of this server", [...good, "-v/", "-v", "/:/host"].filter((word) => word !== "-v/")],
    ["files of this server", [...good, "--mount", "type=bind,src=/srv/anchor/,dst=/d"]],
    ["from the root", [...good, "-v", "./data:/d"]],
    ["from the root", [...good, "-v", "/srv/gate/x/../data:/d"]],
    ["socket of this machine", [...good, "-v", "/run/docker.sock:/s"]],
  ])("is refused, and says %s", (words, options) => {
    expect(fault(options)).toContain(words);
  });

  it("is refused when it starts none", () => {
    expect(containerFault(["node", "x.mjs"], [])).toContain("docker, podman");
    expect(containerFault(["docker", "exec", "-i", "x"], [])).toContain("is `run`");
    expect(containerFault(["docker", "run", ...good], [])).toContain("no image");
    expect(containerFault([], [])).toContain("docker, podman");
  });
});
