import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLoopbackAddress, isShowable, readRegistered, registeredId } from "./registered-clients.ts";

const address = fc
  .tuple(
    fc.constantFrom("localhost", "127.0.0.1", "[::1]"),
    fc.integer({ min: 1, max: 65_535 }),
    fc.stringMatching(/^[a-z0-9/]{0,20}$/),
  )
  .map(([host, port, path]) => `http://${host}:${port}/${path}`);

describe("the id of a client that registered itself", () => {
  it("reads as what was registered", () => {
    const client = fc.record({
      name: fc.string({ maxLength: 20 }).filter(isShowable),
      redirectUris: fc.array(address, { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(client, (registered) => {
        const id = registeredId(registered);
        expect(id === undefined || readRegistered(id)).toEqual(id === undefined || registered);
      }),
    );
  });

  it("reads, whoever made it up, as nothing beyond the rules of registration", () => {
    const content = fc.oneof(
      fc.json(),
      fc.array(fc.oneof(fc.string(), address, fc.webUrl())).map((list) => JSON.stringify(list)),
    );
    fc.assert(
      fc.property(content, (text) => {
        const found = readRegistered(`registered:${Buffer.from(text).toString("base64url")}`);
        expect(found === undefined || found.redirectUris.every(isLoopbackAddress)).toBe(true);
        expect(found === undefined || (isShowable(found.name) && found.redirectUris.length > 0)).toBe(true);
      }),
    );
  });

  it.each(["registered:", "registered:%%%", "registered", "", `registered:${"A".repeat(600)}`])(
    "is none: %j",
    (id) => expect(readRegistered(id)).toBeUndefined(),
  );
});

describe("an address on loopback", () => {
  it.each([
    "http://localhost/cb",
    "http://localhost:3000",
    "http://127.0.0.1:1/a/b?c=d",
    "http://[::1]:65535/cb",
  ])("is %s", (uri) => expect(isLoopbackAddress(uri)).toBe(true));

  it.each([
    "https://localhost/cb",
    "http://localhost.evil.example/cb",
    "http://localhost@evil.example/cb",
    "http://localhost:80@evil.example/cb",
    "http://127.0.0.2/cb",
    "http://127.0.0.1:99999/cb",
    "http://127.0.0.1\\@evil.example/",
    "http://127.0.0.1/cb#f",
    "http://127.0.0.1/a b",
    "HTTP://127.0.0.1/cb",
    "javascript:alert(1)//http://127.0.0.1/",
  ])("is not %s", (uri) => expect(isLoopbackAddress(uri)).toBe(false));
});
