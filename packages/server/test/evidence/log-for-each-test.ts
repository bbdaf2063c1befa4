import { afterEach, beforeEach } from "vitest";
import type { Evidence, EvidenceSetup } from "../../src/evidence/evidence.ts";
import { newInstance, type TestInstance } from "../../src/evidence/fixtures/instance.ts";
import type { OpenedEvidence } from "../../src/evidence/open-evidence.ts";
import type { Store } from "../../src/platform/store/store.ts";

type Opened = OpenedEvidence & { readonly store: Store };

/** A log with its one writer, in an instance of its own. */
class TestLog {
  #instance: TestInstance | undefined;
  #opened: Opened | undefined;

  get instance(): TestInstance {
    if (this.#instance === undefined) throw new Error("a log is there while a test runs");
    return this.#instance;
  }

  get #current(): Opened {
    if (this.#opened === undefined) throw new Error("the log is closed");
    return this.#opened;
  }

  get evidence(): Evidence {
    return this.#current.evidence;
  }

  get store(): Store {
    return this.#current.store;
  }

  async make(): Promise<void> {
    this.#instance = await newInstance();
    await this.open();
  }

  async open(more?: Partial<EvidenceSetup>): Promise<void> {
    this.#opened = await this.instance.open(more);
  }

  async close(): Promise<void> {
    const { evidence, store } = this.#current;
    this.#opened = undefined;
    await evidence.close();
    await store.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await this.instance.remove();
  }
}

/** The log of the test that runs: made and opened before each one, closed and removed after it. */
export function logForEachTest(): Pick<TestLog, "instance" | "evidence" | "store" | "open" | "close"> {
  const log = new TestLog();
  beforeEach(() => log.make());
  afterEach(() => log.remove());
  return log;
}
