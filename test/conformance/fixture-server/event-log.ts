import type { EventStore } from "@modelcontextprotocol/sdk/server/streamableHttp.js";

type Message = Parameters<EventStore["storeEvent"]>[1];

/** The events of one session, in memory and for good: a client that lost a stream is told the rest of it. */
export function createEventLog(): EventStore {
  const events: { readonly stream: string; readonly message: Message }[] = [];
  return {
    async storeEvent(stream, message) {
      return String(events.push({ stream, message }) - 1);
    },
    async replayEventsAfter(last, { send }) {
      const stream = events[Number(last)]?.stream ?? "";
      for (const [id, event] of events.entries()) {
        // An event without a message only says from where to go on.
        const isLater = id > Number(last) && event.stream === stream && "jsonrpc" in event.message;
        if (isLater) await send(String(id), event.message);
      }
      return stream;
    },
  };
}
