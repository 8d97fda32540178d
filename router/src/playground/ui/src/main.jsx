// The page: a bar that says who is signed in, GraphiQL below it, live subscriptions and the query plan as panes.
import "graphiql/graphiql.css";
import "./style.css";
import { GraphiQL } from "graphiql";
import { useMemo, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { Bar } from "./bar.jsx";
import { createFetcher, openStream } from "./fetcher.js";
import { LiveContext, LiveStreams, livePlugin } from "./live.jsx";
import { planPlugin } from "./plan.jsx";
import { Session } from "./session.js";

const WELCOME = "# Write an operation here, then press the play button.\n\nquery Hello {\n  __typename\n}\n";

// Tabs are remembered by the browser; the examples are what a first visit, or a new set of examples, shows.
function rememberedFor(examples) {
  const key = JSON.stringify(examples);
  if (localStorage.getItem("playground:examples") !== key) {
    localStorage.setItem("playground:examples", key);
    for (const name of ["tabState", "query", "variables", "headers"]) localStorage.removeItem(`graphiql:${name}`);
  }
}

function tabs(examples) {
  if (!examples.length) return [{ query: WELCOME }];
  return examples.map(({ title, query, variables }) => ({
    query: title ? `# ${title}\n${query.trim()}\n` : query,
    variables: Object.keys(variables ?? {}).length ? JSON.stringify(variables, null, 2) : "",
  }));
}

function App({ settings }) {
  const session = useMemo(() => new Session(settings), [settings]);
  const [transport, setTransport] = useState(localStorage.getItem("playground:transport") ?? "websocket");
  const chosen = useRef(transport);
  chosen.current = transport;
  const live = useMemo(() => {
    const open = (params) => openStream(session, chosen.current, params);
    return new LiveStreams(open, () => session.snapshot().label);
  }, [session]);
  const fetcher = useMemo(() => createFetcher(session, transport), [session, transport]);
  const open = useMemo(() => tabs(settings.examples), [settings]);
  // GraphiQL takes the first tab's variables from here only; a returning visitor's come from the browser's store.
  const variables = useMemo(() => (localStorage.getItem("graphiql:tabState") ? undefined : open[0].variables), [open]);
  const plugins = useMemo(() => (settings.plan ? [livePlugin, planPlugin] : [livePlugin]), [settings]);
  const chooseTransport = (name) => {
    localStorage.setItem("playground:transport", name);
    setTransport(name);
  };
  return (
    <LiveContext.Provider value={live}>
      <div className="pg-page">
        <Bar settings={settings} session={session} transport={transport} onTransport={chooseTransport} />
        <div className="pg-graphiql">
          <GraphiQL
            fetcher={fetcher}
            plugins={plugins}
            defaultTabs={open}
            variables={variables}
            defaultEditorToolsVisibility="variables"
          >
            <GraphiQL.Logo>
              <a href="/playground/licences.txt" target="_blank" rel="noreferrer" title="Licences of the packages in this page">
                Graph<em>i</em>QL
              </a>
            </GraphiQL.Logo>
          </GraphiQL>
        </div>
      </div>
    </LiveContext.Provider>
  );
}

async function start() {
  const settings = await (await fetch("/playground/settings.json")).json();
  if (settings.title) document.title = settings.title;
  rememberedFor(settings.examples);
  createRoot(document.getElementById("root")).render(<App settings={settings} />);
}

start().catch((error) => {
  document.getElementById("root").textContent = `The playground could not start: ${error.message}`;
});
