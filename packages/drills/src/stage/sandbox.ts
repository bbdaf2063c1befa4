import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Pilot } from "@narrowgate/contracts";
import { canonicalJson, NarrowgateError } from "@narrowgate/kernel";
import { type Admin, operatorAt, operatorSignature, overSocket } from "../wire/admin.ts";
import { Agent } from "../wire/agent.ts";
import { type Answer, said } from "../wire/http.ts";
import { makeKey, randomText } from "../wire/key.ts";
import { type Approver, enrolApprover } from "../wire/passkey.ts";
import { at, jsonOf, listAt, numberAt, objectOf, textAt } from "../wire/reading.ts";
import { compareRelease, policyFiles, type Standing, withPilot } from "./carried.ts";
import { stageEnvironment } from "./environment.ts";
import { POLICIES, registryOf } from "./scene.ts";
import { setAhead } from "./set-ahead.ts";
import type { Upstreams } from "./upstreams.ts";

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;

/** Where a sandbox is made, and of what. */
export interface SandboxPlan {
  /** The server's own program with its arguments, as the instance that asks for the drill runs it. */
  readonly program: readonly string[];
  /** A folder that does not exist yet. */
  readonly folder: string;
  readonly environment: "dev" | "staging" | "prod";
  readonly upstreams: Upstreams;
  /** Told of each process before anything is waited for, so that whoever cleans up after a killed driver knows it. */
  readonly started?: (pid: number) => void;
  /** What a release must show there; the product's own where it is absent. */
  readonly gateProfile?: object;
  /** Leaves it without registry and policies. */
  readonly bare?: boolean;
  /** An agent of where it is asked from, carried beside those of the drills. */
  readonly pilot?: Pilot;
}

/** An instance of the same build, apart from the one that asked: own keys, own store, own log. */
export interface Sandbox {
  readonly issuer: string;
  readonly folder: string;
  /** Where its store is. */
  readonly store: string;
  readonly socket: string;
  readonly approvals: string;
  readonly admin: Admin;
  /** Process id of the server; zero when it does not run. */
  pid(): number;
  /** Digest of the code that it runs. */
  build(): Promise<string>;
  logSize(): Promise<number>;
  /** The newest head, once it covers all that is durable. */
  checkpoint(): Promise<string>;
  /** An agent of the scene with a key of its own. */
  join(agent: string): Promise<Agent>;
  /** Opens a mandate for an agent. @returns its id */
  mandate(agent: string, more?: object): Promise<string>;
  /** The same, with the transaction that it begins. */
  openMandate(agent: string, more?: object): Promise<{ readonly id: string; readonly txn: string }>;
  /** A simulated person who may approve. */
  approver(name: string, identities?: readonly string[]): Promise<Approver>;
  /** Applies registry and policies of the scene, or others in their place; what is carried stands beside them. */
  apply(document?: object, policies?: string): Promise<Answer>;
  /** Whether it has the release of the pilot that was carried. @throws NarrowgateError where it cannot say */
  standing(pilot: Pilot): Promise<Standing>;
  /** Ends it: in order, or as if the power went. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Starts it again on its files. @param shell - limits set before it starts. @returns false where it refused to */
  start(shell?: string): Promise<boolean>;
  /** The same, with its clock so far ahead of the machine's, for that run alone. @returns false where it refused to */
  startAhead(ms: number): Promise<boolean>;
  /** The code with which the last start was refused. */
  refusal(): string;
  close(): Promise<void>;
}

/** A port that nobody had a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

function failed(what: string): NarrowgateError {
  return new NarrowgateError("internal_error", `the sandbox cannot be made ready: ${what}`);
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly operatorCode: () => string;
  readonly refusal: () => string;
  readonly ready: Promise<boolean>;
}

/** Where compiled code is kept beside a sandbox: most of a start is compiling. */
export function codeBeside(folder: string): string {
  return join(folder, "..", "code");
}

/** What is needed to run a program. */
interface Command {
  readonly program: readonly string[];
  readonly log: string;
  /** Where compiled code is kept between starts. */
  readonly code: string;
}

/** Runs a program and follows the events on its standard output. */
function run({ program, log, code }: Command, shell?: string): Running {
  const [file = "", ...args] =
    shell === undefined ? program : ["/bin/sh", "-c", `${shell}; exec "$@"`, "sh", ...program];
  // In a group of its own, so that Ctrl-C at a terminal stops the drill and not the sandbox under it.
  const child = spawn(file, args, {
    stdio: ["ignore", "pipe", openSync(log, "a", 0o600)],
    env: stageEnvironment(process.env, code),
    detached: true,
  });
  const ended = new Promise((resolve) => {
    child.once("exit", resolve);
    child.once("error", resolve);
  });
  const ready = Promise.withResolvers<boolean>();
  let [operatorCode, refusal] = ["", ""];
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = jsonOf(line);
      if (textAt(event, "event") === "operator-code") operatorCode = textAt(event, "code");
      if (textAt(event, "event") === "failed") refusal = textAt(event, "code");
      if (textAt(event, "event") === "ready") ready.resolve(true);
    });
  const late = setTimeout(() => ready.resolve(false), START_LIMIT_MS);
  child.once("close", () => ready.resolve(false));
  void ready.promise.then(() => clearTimeout(late));
  return { child, ended, ready: ready.promise, operatorCode: () => operatorCode, refusal: () => refusal };
}

async function writeConfig(
  plan: SandboxPlan,
  ports: { readonly gate: number; readonly approvals: number },
): Promise<string> {
  for (const part of ["", "store", "anchor"])
    await mkdir(join(plan.folder, part), { recursive: true, mode: 0o700 });
  const file = join(plan.folder, "config.json");
  const config = {
    environment: plan.environment,
    base_url: `http://localhost:${ports.gate}`,
    listen: { host: "127.0.0.1", port: ports.gate },
    data_directory: ".",
    store: { kind: "sqlite", path: "store/narrowgate.sqlite" },
    anchor_file: "anchor/anchor.json",
    ...(plan.gateProfile === undefined ? {} : { gate_profile: plan.gateProfile }),
    approvals: {
      origin: `http://localhost:${ports.approvals}`,
      listen: { host: "127.0.0.1", port: ports.approvals },
    },
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** Makes one and gets it ready: server, operator, registry, pins, policies. The caller closes it. */
export async function openSandbox(plan: SandboxPlan): Promise<Sandbox> {
  const ports = { gate: await freePort(), approvals: await freePort() };
  const config = await writeConfig(plan, ports);
  const program = [...plan.program, "--config", config];
  const log = join(plan.folder, "server.log");
  const sandbox = new RunningSandbox(plan, ports, { program, log, code: codeBeside(plan.folder) });
  try {
    await sandbox.create();
    return sandbox;
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

class RunningSandbox implements Sandbox {
  readonly issuer: string;
  readonly approvals: string;
  readonly folder: string;
  readonly store: string;
  readonly socket: string;
  readonly admin: Admin;
  readonly #operator = makeKey();
  readonly #plan: SandboxPlan;
  readonly #how: Command;
  #running: Running | undefined;
  #refusal = "";
  #aheadMs = 0;

  constructor(plan: SandboxPlan, ports: { readonly gate: number; readonly approvals: number }, how: Command) {
    this.#plan = plan;
    this.#how = how;
    this.folder = plan.folder;
    this.store = join(plan.folder, "store");
    this.socket = join(plan.folder, "admin.sock");
    this.issuer = `http://localhost:${ports.gate}`;
    this.approvals = `http://localhost:${ports.approvals}`;
    const place = { socket: this.socket, origin: this.issuer, aheadMs: () => this.#aheadMs };
    this.admin = operatorAt(place, this.#operator);
  }

  async create(): Promise<void> {
    const { program } = this.#how;
    const running = run({ ...this.#how, program: [...program, "--create"] });
    this.#running = running;
    this.#plan.started?.(this.pid());
    if (!(await running.ready)) throw failed(running.refusal() || "it did not start");
    const part = { code: running.operatorCode(), jwk: this.#operator.jwk, name: "the driver of drills" };
    const signature = operatorSignature(this.#operator, {
      method: "POST",
      path: "/operators",
      body: canonicalJson(part),
      origin: this.issuer,
    });
    const body = JSON.stringify({ ...part, signature });
    const enrolled = await overSocket({
      socket: this.socket,
      method: "POST",
      path: "/operators",
      body,
      headers: {},
    });
    if (enrolled.status >= 300) throw failed(`its operator: ${said(enrolled)}`);
    if (this.#plan.bare === true) return;
    const applied = await this.apply();
    if (applied.status >= 300) throw failed(`its registry: ${applied.text.slice(0, 500)}`);
  }

  apply(document: object = registryOf(this.#plan.upstreams), policies: string = POLICIES): Promise<Answer> {
    const { pilot, upstreams } = this.#plan;
    const own = { name: "drills.cedar", text: policies };
    const sent =
      pilot === undefined
        ? { document, files: [own] }
        : {
            document: withPilot(document, pilot, { issuer: this.issuer, upstreams }),
            files: [own, ...policyFiles(pilot)],
          };
    return this.admin.send("POST", "/registry/apply", { ...sent, pins: "learn" });
  }

  async standing(pilot: Pilot): Promise<Standing> {
    const path = `/drills/pilots/${encodeURIComponent(pilot.agent)}`;
    const { body, status } = await this.admin.send("POST", path, {});
    if (status >= 300) throw failed("it does not say what is released there");
    return compareRelease(pilot, at(body, "manifest"));
  }

  pid(): number {
    return this.#running?.child.pid ?? 0;
  }

  async build(): Promise<string> {
    return textAt((await this.admin.read("/status")).body, "build");
  }

  async logSize(): Promise<number> {
    return numberAt((await this.admin.read("/status")).body, "log", "size");
  }

  async checkpoint(): Promise<string> {
    const size = await this.logSize();
    for (let tries = 0; tries < 50; tries++) {
      const answer = await this.admin.read("/log/checkpoint");
      if (Number(answer.text.split("\n")[1]) >= size) return answer.text;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw failed("its log publishes no head");
  }

  async join(agent: string): Promise<Agent> {
    const path = `/agents/${agent}/join-codes`;
    const { body } = await this.admin.send("POST", path, {});
    const joined = new Agent(this.issuer, agent);
    const answer = await joined.enrol(textAt(body, "code"));
    if (answer.status >= 300) throw failed(`agent ${agent}: ${said(answer)}`);
    return joined;
  }

  async mandate(agent: string, more: object = {}): Promise<string> {
    return (await this.openMandate(agent, more)).id;
  }

  async openMandate(
    agent: string,
    more: object = {},
  ): Promise<{ readonly id: string; readonly txn: string }> {
    const { body } = await this.admin.read("/registry/agents?limit=1000");
    const registered = listAt(body, "agents").find((one) => textAt(one, "id") === agent);
    const document = {
      v: 1,
      salt: randomText(),
      agent,
      subject: `agent:${agent}`,
      purpose: "a drill",
      authority: objectOf(at(registered, "ceiling")),
      expires: Math.floor(Date.now() / 1000) + 3600,
      idleSeconds: 900,
      ...more,
    };
    const opened = await this.admin.send("POST", "/mandates", { document });
    if (opened.status >= 300) throw failed(`a mandate: ${opened.text.slice(0, 300)}`);
    return { id: textAt(opened.body, "id"), txn: textAt(opened.body, "txn") };
  }

  async approver(name: string, identities: readonly string[] = []): Promise<Approver> {
    const invited = await this.admin.send("POST", "/people", { name, roles: ["approver"], identities });
    const made = await enrolApprover(this.approvals, invited.body);
    if (made === undefined) throw failed(`approver ${name}: ${said(invited)}`);
    return made;
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.child.kill(signal);
    const hard = setTimeout(() => running.child.kill("SIGKILL"), STOP_LIMIT_MS);
    await running.ended;
    clearTimeout(hard);
  }

  async start(shell?: string): Promise<boolean> {
    this.#aheadMs = 0;
    return this.#start(shell);
  }

  async startAhead(ms: number): Promise<boolean> {
    this.#aheadMs = ms;
    return this.#start(await setAhead(this.folder, ms));
  }

  async #start(shell: string | undefined): Promise<boolean> {
    const running = run(this.#how, shell);
    this.#running = running;
    this.#plan.started?.(this.pid());
    const isReady = await running.ready;
    this.#refusal = running.refusal();
    if (!isReady) await this.end("SIGKILL");
    return isReady;
  }

  refusal(): string {
    return this.#refusal;
  }

  async close(): Promise<void> {
    await this.end("SIGTERM");
    await rm(this.folder, { recursive: true, force: true });
  }
}
