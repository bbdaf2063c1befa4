import { setTimeout as wait } from "node:timers/promises";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import {
  type CallToolResult,
  CreateMessageResultSchema,
  type ElicitRequestFormParams,
  ElicitResultSchema,
  type ServerNotification,
  type ServerRequest,
  type Tool,
} from "@modelcontextprotocol/sdk/types.js";
import { CHOICES, DEFAULTS, PERSON } from "./forms.ts";
import { PNG, text, WAV } from "./samples.ts";

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;
type Content = CallToolResult["content"];

/** A tool and what it does. */
export interface FixtureTool {
  readonly definition: Tool;
  readonly call: (args: Readonly<Record<string, unknown>>, extra: Extra) => Content | Promise<Content>;
}

/** Between two messages of one call: long enough that they cannot be told apart from one that is held back. */
const BETWEEN_MS = 30;
const NO_ARGUMENTS: Tool["inputSchema"] = { type: "object", properties: {} };
const image = { type: "image", data: PNG, mimeType: "image/png" } as const;

function takes(name: string): Tool["inputSchema"] {
  return { type: "object", properties: { [name]: { type: "string" } }, required: [name] };
}

function embedded(uri: string, mimeType: string, value: string): Content[number] {
  return { type: "resource", resource: { uri, mimeType, text: value } };
}

async function log(_: unknown, { sendNotification }: Extra): Promise<Content> {
  for (const data of ["begun", "half way", "done"]) {
    await sendNotification({ method: "notifications/message", params: { level: "info", data } });
    await wait(BETWEEN_MS);
  }
  return [text("logged")];
}

async function progress(_: unknown, { _meta, sendNotification }: Extra): Promise<Content> {
  const progressToken = _meta?.progressToken;
  for (const step of [0, 50, 100]) {
    const params = { progress: step, total: 100 };
    if (progressToken !== undefined)
      await sendNotification({
        method: "notifications/progress",
        params: { ...params, progressToken },
      });
    await wait(BETWEEN_MS);
  }
  return [text("went on")];
}

async function sample(args: Readonly<Record<string, unknown>>, { sendRequest }: Extra): Promise<Content> {
  const messages = [{ role: "user" as const, content: text(String(args["prompt"])) }];
  const params = { messages, maxTokens: 100 };
  const { content } = await sendRequest(
    { method: "sampling/createMessage", params },
    CreateMessageResultSchema,
  );
  return [text(`answered: ${JSON.stringify(content)}`)];
}

/** A call that asks the person at the client, whatever the client says it can. */
function asks(form: ElicitRequestFormParams["requestedSchema"], message?: string): FixtureTool["call"] {
  return async (args, { sendRequest }) => {
    const params = { message: message ?? String(args["message"]), requestedSchema: form };
    const { action, content } = await sendRequest(
      { method: "elicitation/create", params },
      ElicitResultSchema,
    );
    return [text(`${action}: ${JSON.stringify(content)}`)];
  };
}

/** Ends the stream of the call, where there is one the client can resume, and answers afterwards. */
async function closeStream(_: unknown, { closeSSEStream }: Extra): Promise<Content> {
  closeSSEStream?.();
  await wait(BETWEEN_MS);
  return [text("answered after the end of the stream")];
}

function fail(): never {
  throw new RangeError("this tool always fails");
}

const dialect = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object" as const,
  $defs: {
    address: { type: "object", properties: { street: { type: "string" }, city: { type: "string" } } },
  },
  properties: { name: { type: "string" }, address: { $ref: "#/$defs/address" } },
  additionalProperties: false,
};

function tool(
  name: string,
  description: string,
  call: FixtureTool["call"],
  inputSchema = NO_ARGUMENTS,
): FixtureTool {
  return { definition: { name, description, inputSchema }, call };
}

/** The tools the suite calls, by the names it knows them. */
export const TOOLS: readonly FixtureTool[] = [
  tool("test_simple_text", "text", () => [text("plain text")]),
  tool("test_image_content", "a picture", () => [image]),
  tool("test_audio_content", "a sound", () => [{ type: "audio", data: WAV, mimeType: "audio/wav" }]),
  tool("test_embedded_resource", "a resource", () => [embedded("test://embedded", "text/plain", "inside")]),
  tool("test_multiple_content_types", "one of each", () => [
    text("text, picture and resource"),
    image,
    embedded("test://mixed", "application/json", '{"mixed":true}'),
  ]),
  tool("test_tool_with_logging", "logs while it works", log),
  tool("test_error_handling", "fails", fail),
  tool("test_tool_with_progress", "says how far it is", progress),
  tool("test_sampling", "asks the client's model", sample, takes("prompt")),
  tool("test_elicitation", "asks the person", asks(PERSON), takes("message")),
  tool("test_elicitation_sep1034_defaults", "asks with defaults", asks(DEFAULTS, "Change what is wrong.")),
  tool("test_elicitation_sep1330_enums", "asks for choices", asks(CHOICES, "Choose.")),
  tool("json_schema_2020_12_tool", "has a schema of 2020-12", () => [text("valid")], dialect),
  tool("test_reconnection", "ends its stream before it answers", closeStream),
];
