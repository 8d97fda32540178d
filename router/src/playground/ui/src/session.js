// Who is signed in. The sign-in operations are data; this runs them and keeps the token for this browser tab.

const STORE = "playground:session";
// A token this close to its end is replaced before it is used.
const RENEW_SECONDS = 20;

function pointer(value, path) {
  return path
    .split("/")
    .slice(1)
    .reduce((it, key) => it?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], value);
}

function claims(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
  } catch {
    return {};
  }
}

// The variables a document declares: only these may be sent.
function declared(query) {
  return [...(query.match(/\(([^)]*)\)/)?.[1] ?? "").matchAll(/\$(\w+)\s*:/g)].map((match) => match[1]);
}

export class Session {
  constructor(settings) {
    this.settings = settings;
    this.listeners = new Set();
    this.state = { label: null, token: null, busy: null, error: null };
    const stored = JSON.parse(sessionStorage.getItem(STORE) ?? "null");
    if (stored) this.state = { ...this.state, ...stored };
  }

  subscribe = (listener) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = () => this.state;

  set(change) {
    this.state = { ...this.state, ...change };
    const { label, token } = this.state;
    if (token) sessionStorage.setItem(STORE, JSON.stringify({ label, token }));
    else sessionStorage.removeItem(STORE);
    for (const listener of this.listeners) listener();
  }

  expires() {
    return this.state.token ? (claims(this.state.token).exp ?? null) : null;
  }

  signOut = () => this.set({ label: null, token: null, error: null });

  useToken(token) {
    this.set({ label: claims(token).sub ?? "token", token, error: null });
  }

  async signIn(identity) {
    this.set({ busy: identity.label, error: null });
    try {
      const token = await this.run(identity);
      this.set({ label: identity.label, token, busy: null });
    } catch (error) {
      this.set({ busy: null, error: `${identity.label}: ${error.message}` });
    }
  }

  async run(identity) {
    const values = { ...identity.values };
    let token = null;
    for (const step of this.settings.signIn) {
      const known = declared(step.query).filter((name) => name in values);
      const variables = Object.fromEntries(known.map((name) => [name, values[name]]));
      const response = await fetch("/graphql", {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ query: step.query, variables }),
      });
      const { data, errors } = await response.json();
      if (errors?.length) throw new Error(errors[0].message);
      for (const [name, path] of Object.entries(step.capture ?? {})) values[name] = pointer(data, path);
      if (step.token) token = pointer(data, step.token);
    }
    if (!token) throw new Error("no step of signing in brought a token");
    return token;
  }

  // The token to use now; a demo identity whose token runs out is signed in again.
  async authorization() {
    const expires = this.expires();
    if (expires && expires - Date.now() / 1000 < RENEW_SECONDS) {
      const identity = this.settings.identities.find((it) => it.label === this.state.label);
      if (identity) await this.signIn(identity);
    }
    return this.state.token ? `Bearer ${this.state.token}` : null;
  }
}
