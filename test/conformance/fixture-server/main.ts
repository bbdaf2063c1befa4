import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { createFixtureServer } from "./create-server.ts";
import { serveHttp } from "./serve-http.ts";

// Over HTTP the first line of standard output is the address; over stdio that is the protocol's.
if (process.argv[2] === "http") console.log(await serveHttp());
else await createFixtureServer().connect(new StdioServerTransport());
