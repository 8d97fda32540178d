// Sends operations: POST for queries and mutations, WebSocket or server-sent events for subscriptions.
import { getOperationAST } from "graphql";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";

const ENDPOINT = "/graphql";

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

async function* overWebSocket(params, authorization) {
  const url = new URL(ENDPOINT, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const client = createSocketClient({
    url: url.href,
    retryAttempts: 0,
    connectionParams: authorization ? { authorization } : {},
  });
  try {
    yield* client.iterate(params);
  } catch (error) {
    throw readable(error);
  } finally {
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
  return (transport === "sse" ? overEvents : overWebSocket)(params, authorization);
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
