import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { PROMPTS } from "./prompts.ts";
import { RESOURCES, readResource, TEMPLATES } from "./resources.ts";
import { text } from "./samples.ts";
import { TOOLS } from "./tools.ts";

const capabilities = {
  tools: {},
  prompts: {},
  resources: { subscribe: true },
  logging: {},
  completions: {},
};

function unknown(what: string): McpError {
  return new McpError(ErrorCode.InvalidParams, `there is no ${what}`);
}

function serveTools(server: Server): void {
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: TOOLS.map(({ definition }) => definition),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = TOOLS.find(({ definition }) => definition.name === params.name);
    if (tool === undefined) throw unknown(params.name);
    try {
      return { content: await tool.call(params.arguments ?? {}, extra) };
    } catch (error) {
      return { isError: true, content: [text(String(error))] };
    }
  });
}

function servePrompts(server: Server): void {
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: PROMPTS.map(({ definition }) => definition),
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    const prompt = PROMPTS.find(({ definition }) => definition.name === params.name);
    if (prompt === undefined) throw unknown(params.name);
    const said = prompt.say(params.arguments ?? {});
    return { messages: said.map((content) => ({ role: "user" as const, content })) };
  });
  server.setRequestHandler(CompleteRequestSchema, ({ params }) => ({
    completion: { values: [`${params.argument.value} and more`] },
  }));
}

function serveResources(server: Server): void {
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [...RESOURCES] }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [...TEMPLATES] }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => {
    const found = readResource(params.uri);
    if (found === undefined) throw unknown(params.uri);
    return { contents: [found] };
  });
  server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  server.setRequestHandler(UnsubscribeRequestSchema, () => ({}));
}

/** A server with all that the server scenarios of the suite look for, for one session. */
export function createFixtureServer(): Server {
  const server = new Server({ name: "conformance-fixture", version: "1.0.0" }, { capabilities });
  serveTools(server);
  servePrompts(server);
  serveResources(server);
  return server;
}
