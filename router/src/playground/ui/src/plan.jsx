// The plan pane: how the router would answer the operation in the editor.
import { useEditorContext, useOperationsEditorState } from "@graphiql/react";
import { useEffect, useState } from "react";

const WAIT = 400;

async function planOf(query, operationName, signal) {
  const response = await fetch("/plan", {
    method: "POST",
    signal,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, operationName }),
  });
  const answer = await response.json();
  if (answer.errors) throw new Error(answer.errors.map((error) => error.message).join("\n"));
  return answer;
}

function Plan() {
  const [query] = useOperationsEditorState();
  const { queryEditor } = useEditorContext({ nonNull: true });
  const [shown, setShown] = useState({ text: "", json: null, error: null });
  const [asJson, setAsJson] = useState(false);
  const operations = queryEditor?.operations ?? [];
  const operationName = queryEditor?.operationName ?? operations[0]?.name?.value ?? null;

  useEffect(() => {
    if (!query?.trim()) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      planOf(query, operations.length > 1 ? operationName : null, stop.signal).then(
        ({ text, ...json }) => setShown({ text, json, error: null }),
        (error) => stop.signal.aborted || setShown({ text: "", json: null, error: error.message }),
      );
    }, WAIT);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [query, operationName]);

  const hasJson = shown.json && Object.keys(shown.json).length > 0;
  return (
    <section className="pg-plan">
      <div className="pg-plan-head">
        <h2>Query plan</h2>
        {hasJson && (
          <button type="button" onClick={() => setAsJson(!asJson)}>
            {asJson ? "Text" : "JSON"}
          </button>
        )}
      </div>
      {shown.error ? (
        <pre className="pg-error">{shown.error}</pre>
      ) : (
        <pre>{asJson && hasJson ? JSON.stringify(shown.json, null, 2) : shown.text}</pre>
      )}
    </section>
  );
}

function PlanIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
      <rect x="9" y="2.5" width="6" height="5" rx="1" />
      <rect x="2.5" y="16.5" width="6" height="5" rx="1" />
      <rect x="15.5" y="16.5" width="6" height="5" rx="1" />
      <path d="M12 7.5v4.5M5.5 16.5V12h13v4.5" />
    </svg>
  );
}

export const planPlugin = { title: "Query plan", icon: PlanIcon, content: Plan };
