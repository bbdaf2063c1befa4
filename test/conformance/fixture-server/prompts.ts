import type { GetPromptResult, Prompt } from "@modelcontextprotocol/sdk/types.js";
import { PNG, text } from "./samples.ts";

type Content = GetPromptResult["messages"][number]["content"];

/** A prompt and what it says. */
export interface FixturePrompt {
  readonly definition: Prompt;
  readonly say: (args: Readonly<Record<string, string>>) => readonly Content[];
}

function prompt(name: string, args: readonly string[], say: FixturePrompt["say"]): FixturePrompt {
  const needed = args.map((argument) => ({ name: argument, description: argument, required: true }));
  return { definition: { name, description: `the prompt ${name}`, arguments: needed }, say };
}

/** The prompts the suite asks for, by the names it knows them. */
export const PROMPTS: readonly FixturePrompt[] = [
  prompt("test_simple_prompt", [], () => [text("Say something.")]),
  prompt("test_prompt_with_arguments", ["arg1", "arg2"], ({ arg1, arg2 }) => [text(`${arg1} and ${arg2}`)]),
  prompt("test_prompt_with_embedded_resource", ["resourceUri"], ({ resourceUri = "" }) => [
    { type: "resource", resource: { uri: resourceUri, mimeType: "text/plain", text: "inside" } },
    text("Read the resource above."),
  ]),
  prompt("test_prompt_with_image", [], () => [
    { type: "image", data: PNG, mimeType: "image/png" },
    text("Describe the picture above."),
  ]),
];
