import { isErrorCode } from "@narrowgate/contracts";
import {
  isNarrowgateError,
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  parseStrictJson,
  utf8,
} from "@narrowgate/kernel";
import type { Call } from "../command.ts";
import { findInstance, type InstancePlace } from "../places/instance.ts";
import { loadOperatorKey, type OperatorIdentity } from "../places/operator-key-file.ts";
import { asObject, textAt } from "./read-answer.ts";
import { signOperatorRequest } from "./sign-request.ts";
import { type SocketAnswer, sendOverSocket } from "./socket-request.ts";

const LIMITS = { maxBytes: 512 * 1024 * 1024, maxKeys: 16_000_000 };
const SIGNATURE_HEADER = "narrowgate-operator";

/** What an instance refused, with every reason it gave. */
export interface Refusal {
  readonly kind: "refused";
  readonly error: NarrowgateError;
  readonly problems: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

/** What an instance answered. */
export type AdminAnswer = { readonly kind: "ok"; readonly body: JsonObject } | Refusal;

/** The admin API of one instance. */
export interface AdminClient {
  readonly place: InstancePlace;
  /** Reads; unsigned, which the socket allows. @throws with the code of the refusal */
  read(path: string): Promise<JsonObject>;
  /** Signs and sends. @throws with the code of the refusal */
  send(
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: JsonValue,
    patienceMs?: number,
  ): Promise<JsonObject>;
  /** Signs and sends; a refusal comes back with all its reasons. */
  attempt(method: "GET" | "POST" | "DELETE", path: string, body?: JsonValue): Promise<AdminAnswer>;
  /** Signs and reads bytes as they are. @throws with the code of the refusal */
  bytes(path: string): Promise<Uint8Array>;
  /** Sends without a signature of an enrolled operator. @throws with the code of the refusal */
  sendUnsigned(path: string, body: JsonValue): Promise<JsonObject>;
}

function refusalOf(body: JsonObject): Refusal {
  const error = asObject(body.error);
  const code = textAt(error, "code");
  const problems = (Array.isArray(error.problems) ? error.problems : []).map((item: JsonValue) => {
    const problem = asObject(item);
    return {
      path: textAt(problem, "path"),
      code: textAt(problem, "code"),
      message: textAt(problem, "message"),
    };
  });
  const known = isErrorCode(code) ? code : "internal_error";
  const said = textAt(error, "message");
  // The API knows no commands; who typed a wrong name is told where the right ones are.
  const message = /\bno such agent\b/.test(said) ? `${said}; see: narrowgate agent list` : said;
  return { kind: "refused", error: new NarrowgateError(known, message), problems };
}

function read(answer: SocketAnswer): AdminAnswer {
  const body = answer.body.length === 0 ? {} : asObject(parseStrictJson(answer.body, LIMITS));
  return answer.status >= 200 && answer.status < 300 ? { kind: "ok", body } : refusalOf(body);
}

function accepted(answer: AdminAnswer): JsonObject {
  if (answer.kind === "ok") return answer.body;
  throw answer.error;
}

/** Makes a client. @param operator - reads the key the first time something has to be signed */
export function createAdminClient(
  place: InstancePlace,
  operator: () => Promise<OperatorIdentity>,
): AdminClient {
  const post = (
    method: string,
    path: string,
    body: JsonValue | undefined,
    { jws, patienceMs }: { readonly jws?: string; readonly patienceMs?: number } = {},
  ) => {
    const bytes = body === undefined ? new Uint8Array() : utf8(JSON.stringify(body));
    const headers = {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      "content-length": String(bytes.length),
      ...(jws === undefined ? {} : { [SIGNATURE_HEADER]: jws }),
    };
    const patience = patienceMs === undefined ? {} : { patienceMs };
    return sendOverSocket({ socket: place.adminSocket, method, path, headers, body: bytes, ...patience });
  };
  const signed = async (
    method: string,
    path: string,
    body?: JsonValue,
    patienceMs?: number,
  ): Promise<SocketAnswer> => {
    const bytes = body === undefined ? new Uint8Array() : utf8(JSON.stringify(body));
    const { key } = await operator();
    const request = { method, path, body: bytes, origin: place.baseUrl };
    const jws = await signOperatorRequest(key, request, Date.now());
    return post(method, path, body, { jws, ...(patienceMs === undefined ? {} : { patienceMs }) });
  };
  return {
    place,
    read: async (path) => accepted(read(await post("GET", path, undefined))),
    send: async (method, path, body, patienceMs) =>
      accepted(read(await signed(method, path, body, patienceMs))),
    attempt: async (method, path, body) => read(await signed(method, path, body)),
    async bytes(path) {
      const answer = await signed("GET", path);
      if (answer.status !== 200) accepted(read(answer));
      return answer.body;
    },
    sendUnsigned: async (path, body) => accepted(read(await post("POST", path, body))),
  };
}

/** The key to sign with. Without one it is asked first whether the instance runs: the first start enrols its operator. */
async function ownKey({ operatorKey, adminSocket }: InstancePlace): Promise<OperatorIdentity> {
  try {
    return await loadOperatorKey(operatorKey);
  } catch (error) {
    if (!isNarrowgateError(error) || error.code !== "not_found") throw error;
    const asked = { socket: adminSocket, method: "GET", path: "/status", headers: { "content-length": "0" } };
    await sendOverSocket({ ...asked, body: new Uint8Array() });
    throw new NarrowgateError(
      "operator_unknown",
      `there is no operator key at ${operatorKey}; enrol one with \`narrowgate operator enrol\``,
      { cause: error },
    );
  }
}

/** The instance a command is for. @throws `store_missing`; when something is signed `operator_unknown`, `fetch_failed` */
export async function openAdmin(call: Call): Promise<AdminClient> {
  const place = await findInstance(call);
  let loaded: Promise<OperatorIdentity> | undefined;
  return createAdminClient(place, () => {
    loaded ??= ownKey(place);
    return loaded;
  });
}
