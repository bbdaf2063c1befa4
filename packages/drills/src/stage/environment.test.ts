import { expect, test } from "vitest";
import { stageEnvironment } from "./environment.ts";

test("a sandbox is told where things are, and nothing else of the environment of whoever drills", () => {
  const env = {
    PATH: "/usr/bin",
    TZ: "UTC",
    NARROWGATE_DATABASE_URL: "postgres://ada:secret@db/x",
    AWS_SECRET_ACCESS_KEY: "secret",
    NODE_OPTIONS: "--inspect",
    NODE_COMPILE_CACHE: "/elsewhere/cache",
  };
  expect(stageEnvironment(env, "/tmp/code")).toEqual({
    PATH: "/usr/bin",
    TZ: "UTC",
    NODE_COMPILE_CACHE: "/tmp/code",
  });
});
