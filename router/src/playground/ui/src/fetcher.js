// Sends operations: POST for queries and mutations, WebSocket or server-sent events for subscriptions.
import { getOperationAST } from "graphql";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";

const ENDPOINT = "/graphql";
// How often an open socket asks whether its token was replaced.
const REFRESH = 5000;

function own(headers) {
  return Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "authorization")?.[1];
}

function isSubscription(params, document) {
  if (!document) return /^\s*subscription\b/m.test(params.query);
  return getOperationAST(document, params.operationName)?.operation === "subscription";
}

// graphql-ws reports a refused connection as a close event; GraphiQL shows errors by their message.
function readable(error) {
  if (error instanceof Error || Array.isArray(error)) return error;
  return new Error(error?.reason ? `closed: ${error.code} ${error.reason}` : "the connection was closed");
}

// A socket's streams outlive the token they began with if the router is told a fresh one of the same person in time.
function keepFresh(session, authorization) {
  const { label } = session.snapshot();
  let [socket, known] = [null, authorization];
  const timer = setInterval(async () => {
    if (!known || session.snapshot().label !== label) return;
    const fresh = await session.authorization();
    if (fresh === known || socket?.readyState !== WebSocket.OPEN) return;
    known = fresh;
    socket.send(JSON.stringify({ type: "ping", payload: { authorization: fresh } }));
  }, REFRESH);
  return { opened: (it) => (socket = it), stop: () => clearInterval(timer) };
}

async function* overWebSocket(params, authorization, session) {
  const token = keepFresh(session, authorization);
  const url = new URL(ENDPOINT, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const client = createSocketClient({
    url: url.href,
    retryAttempts: 0,
    connectionParams: authorization ? { authorization } : {},
    on: { opened: token.opened },
  });
  try {
    yield* client.iterate(params);
  } catch (error) {
    throw readable(error);
  } finally {
    token.stop();
    await client.dispose();
  }
}

async function* overEvents(params, authorization) {
  const headers = authorization ? { authorization } : {};
  const client = createSseClient({ url: ENDPOINT, singleConnection: false, retryAttempts: 0, headers });
  try {
    yield* client.iterate(params);
  } finally {
    client.dispose();
  }
}

// A stream of responses for a subscription, as whoever is signed in.
export async function openStream(session, transport, params, headers) {
  const authorization = own(headers) ?? (await session.authorization());
  return (transport === "sse" ? overEvents : overWebSocket)(params, authorization, session);
}

export function createFetcher(session, transport) {
  return async (params, options = {}) => {
    if (isSubscription(params, options.documentAST)) return openStream(session, transport, params, options.headers);
    const authorization = own(options.headers) ?? (await session.authorization());
    const response = await fetch(ENDPOINT, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json, application/json;q=0.9",
        ...(authorization ? { authorization } : {}),
        ...options.headers,
      },
      body: JSON.stringify(params),
    });
    return response.json();
  };
}
