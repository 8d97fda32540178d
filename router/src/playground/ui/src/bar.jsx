// The bar on top: who is signed in, the people to sign in as, and how subscriptions travel.
import { useEffect, useState, useSyncExternalStore } from "react";

function remaining(expires, now) {
  if (!expires) return "";
  const seconds = Math.max(0, Math.round(expires - now / 1000));
  return seconds ? ` · ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left` : " · expired";
}

function useNow() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function TokenForm({ session }) {
  const [text, setText] = useState("");
  const submit = (event) => {
    event.preventDefault();
    if (text.trim()) session.useToken(text.trim().replace(/^bearer\s+/i, ""));
    setText("");
  };
  return (
    <form className="pg-token" onSubmit={submit}>
      <input value={text} onChange={(event) => setText(event.target.value)} placeholder="or paste a token" aria-label="Access token" />
    </form>
  );
}

export function Bar({ settings, session, transport, onTransport }) {
  const { label, busy, error } = useSyncExternalStore(session.subscribe, session.snapshot);
  const now = useNow();
  return (
    <header className="pg-bar">
      <strong>{settings.title || "GraphQL playground"}</strong>
      <span className={label ? "pg-who pg-in" : "pg-who"} role="status" title={label ? "How long the access token is good for" : undefined}>
        {label ? `Signed in as ${label}${remaining(session.expires(), now)}` : "Not signed in"}
      </span>
      {settings.identities.length > 0 && (
        <span className="pg-people" role="group" aria-label="Sign in as">
          {!label && <span className="pg-hint">Click to sign in as</span>}
          {settings.identities.map((identity) => (
            <button
              type="button"
              key={identity.label}
              title={identity.note}
              disabled={busy !== null}
              className={identity.label === label ? "pg-chosen" : ""}
              onClick={() => session.signIn(identity)}
            >
              {busy === identity.label ? "…" : identity.label}
            </button>
          ))}
        </span>
      )}
      {label && (
        <button type="button" onClick={session.signOut}>
          Sign out
        </button>
      )}
      <TokenForm session={session} />
      <label className="pg-transport">
        Live over{" "}
        <select value={transport} onChange={(event) => onTransport(event.target.value)}>
          <option value="websocket">WebSocket</option>
          <option value="sse">SSE</option>
        </select>
      </label>
      {error && (
        <span className="pg-error" role="alert">
          {error}
        </span>
      )}
    </header>
  );
}
