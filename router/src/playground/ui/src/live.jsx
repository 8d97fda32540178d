// The live pane: subscriptions that go on while other tabs send queries and mutations.
import { useEditorContext, useOperationsEditorState, useVariablesEditorState } from "@graphiql/react";
import { getOperationAST } from "graphql";
import { createContext, useContext, useSyncExternalStore } from "react";

// Events that a stream shows; it counts all of them.
const SHOWN = 30;

export class LiveStreams {
  constructor(open, who) {
    this.open = open;
    this.who = who;
    this.streams = [];
    this.listeners = new Set();
    this.next = 1;
  }

  subscribe = (listener) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = () => this.streams;

  change(id, change) {
    this.streams = this.streams.map((stream) => (stream.id === id ? { ...stream, ...change(stream) } : stream));
    for (const listener of this.listeners) listener();
  }

  async start(title, params) {
    const id = this.next++;
    const stream = { id, title, who: this.who(), count: 0, events: [], state: "open", stop: () => {} };
    this.streams = [stream, ...this.streams];
    this.change(id, () => ({}));
    try {
      const responses = await this.open(params);
      this.change(id, () => ({ stop: () => responses.return() }));
      for await (const response of responses) {
        const event = { at: new Date(), response };
        this.change(id, ({ count, events }) => ({ count: count + 1, events: [event, ...events].slice(0, SHOWN) }));
      }
      this.change(id, () => ({ state: "ended" }));
    } catch (error) {
      const message = Array.isArray(error) ? error.map((it) => it.message).join(", ") : error.message;
      this.change(id, () => ({ state: `failed: ${message}` }));
    }
  }

  remove(id) {
    this.streams.find((stream) => stream.id === id)?.stop();
    this.streams = this.streams.filter((stream) => stream.id !== id);
    for (const listener of this.listeners) listener();
  }
}

export const LiveContext = createContext(null);

// The subscription in the editor, if there is one.
function useSubscription() {
  const [query] = useOperationsEditorState();
  const [variables] = useVariablesEditorState();
  const { queryEditor } = useEditorContext({ nonNull: true });
  const document = queryEditor?.documentAST;
  const chosen = document && (getOperationAST(document, queryEditor.operationName) ?? document.definitions[0]);
  if (chosen?.operation !== "subscription") return null;
  const name = chosen.name?.value;
  const start = (live) => {
    let values = {};
    try {
      values = JSON.parse(variables?.trim() || "{}");
    } catch {
      // The router's answer says what is missing.
    }
    live.start(name ?? "subscription", { query, variables: values, operationName: name });
  };
  return { name, start };
}

function Stream({ live, stream }) {
  return (
    <article className="pg-stream">
      <div className="pg-plan-head">
        <strong>
          {stream.title}{" "}
          <span className="pg-hint">
            {stream.who ? `as ${stream.who} · ` : ""}
            {`${stream.count} ${stream.count === 1 ? "event" : "events"} · ${stream.state}`}
          </span>
        </strong>
        <button type="button" onClick={() => live.remove(stream.id)}>
          {stream.state === "open" ? "Stop" : "Remove"}
        </button>
      </div>
      {stream.events.map(({ at, response }, index) => (
        <pre key={stream.count - index}>
          <span className="pg-hint">{`${at.toLocaleTimeString()}\n`}</span>
          {JSON.stringify(response.errors ? response : response.data, null, 2)}
        </pre>
      ))}
    </article>
  );
}

function Live() {
  const live = useContext(LiveContext);
  const streams = useSyncExternalStore(live.subscribe, live.snapshot);
  const subscription = useSubscription();
  return (
    <section className="pg-plan pg-live">
      <h2>Live</h2>
      <p className="pg-hint">Subscriptions started here go on while you work in other tabs.</p>
      <button type="button" disabled={!subscription} onClick={() => subscription.start(live)}>
        {subscription ? `Watch ${subscription.name ?? "this subscription"}` : "Open a tab with a subscription"}
      </button>
      {streams.map((stream) => (
        <Stream key={stream.id} live={live} stream={stream} />
      ))}
    </section>
  );
}

function LiveIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" aria-hidden="true">
      <circle cx="12" cy="12" r="2" />
      <path d="M7.8 16.2a6 6 0 0 1 0-8.4M16.2 7.8a6 6 0 0 1 0 8.4M5 19a10 10 0 0 1 0-14M19 5a10 10 0 0 1 0 14" />
    </svg>
  );
}

export const livePlugin = { title: "Live", icon: LiveIcon, content: Live };
