//! What the router tells a monitoring system, in Prometheus' text format: operations, streams, subgraphs, plans.
//!
//! Labels are kinds, subgraphs, HTTP statuses and the router's own codes: nothing that a client could invent, so that their number
//! is bounded.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use federation::operation::OperationKind;

use crate::{
    Stats,
    observe::{FetchReport, Observation, OperationReport},
};

/// The upper bounds of the durations' histograms, in seconds.
const BOUNDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// How often and how long.
#[derive(Clone, Copy, Default)]
struct Durations {
    count: u64,
    total: Duration,
    buckets: [u64; BOUNDS.len()],
}

impl Durations {
    fn add(&mut self, took: Duration) {
        self.count += 1;
        self.total += took;
        if let Some(bucket) = BOUNDS.iter().position(|bound| took.as_secs_f64() <= *bound) {
            self.buckets[bucket] += 1;
        }
    }

    fn write(&self, name: &str, labels: &str, out: &mut String) {
        let mut cumulative = 0;
        for (bound, bucket) in BOUNDS.iter().zip(&self.buckets) {
            cumulative += bucket;
            line(out, &format!("{name}_bucket"), &format!("{labels},le=\"{bound}\""), cumulative);
        }
        line(out, &format!("{name}_bucket"), &format!("{labels},le=\"+Inf\""), self.count);
        line(out, &format!("{name}_sum"), labels, self.total.as_secs_f64());
        line(out, &format!("{name}_count"), labels, self.count);
    }
}

/// Outcome → figure, for each kind or subgraph.
type ByOutcome<T> = BTreeMap<String, BTreeMap<String, T>>;

#[derive(Default)]
struct Figures {
    operations: ByOutcome<Durations>,
    streams: ByOutcome<u64>,
    events: u64,
    fetches: ByOutcome<Durations>,
}

/// The figures of one router since it was started.
#[derive(Default)]
pub(crate) struct Metrics(Mutex<Figures>);

impl Metrics {
    /// Counts what happened.
    pub(crate) fn count(&self, observation: Observation<'_>) {
        let mut figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match observation {
            Observation::Fetch(FetchReport { subgraph, outcome, duration_us, .. }) => {
                place(&mut figures.fetches, subgraph, outcome).add(Duration::from_micros(*duration_us));
            }
            Observation::Operation(OperationReport { kind, outcome, duration, responses, .. }) => {
                match kind {
                    Some(OperationKind::Subscription) => {
                        figures.events += *responses as u64;
                        *place(&mut figures.streams, "subscription", outcome) += 1;
                    }
                    Some(OperationKind::Query) => {
                        place(&mut figures.operations, "query", outcome).add(*duration)
                    }
                    Some(OperationKind::Mutation) => {
                        place(&mut figures.operations, "mutation", outcome).add(*duration);
                    }
                    None => place(&mut figures.operations, "unknown", outcome).add(*duration),
                }
            }
        }
    }

    /// All figures, with the gauges of this moment.
    pub(crate) fn text(&self, now: Stats) -> String {
        let mut out = String::new();
        let figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = "router_operation_duration_seconds";
        head(&mut out, name, "histogram", "Queries, mutations and what was refused, by outcome");
        for (labels, durations) in labelled(&figures.operations, "kind") {
            durations.write(name, &labels, &mut out);
        }
        let name = "router_subgraph_fetch_duration_seconds";
        head(&mut out, name, "histogram", "Requests to subgraphs, by HTTP status or code of the failure");
        for (labels, durations) in labelled(&figures.fetches, "subgraph") {
            durations.write(name, &labels, &mut out);
        }
        let name = "router_streams_ended_total";
        head(&mut out, name, "counter", "Subscriptions that ended, by why");
        for (labels, count) in labelled(&figures.streams, "kind") {
            line(&mut out, name, &labels, count);
        }
        for (name, kind, help, value) in [
            ("router_stream_events_total", "counter", "Events of subscriptions that ended", figures.events),
            ("router_streams_open", "gauge", "Subscriptions and WebSockets", now.open_streams as u64),
            ("router_plans_made", "gauge", "Plans made for this supergraph", now.plans_made),
            ("router_plans_kept", "gauge", "Plans in memory", now.plans_kept),
        ] {
            head(&mut out, name, kind, help);
            line(&mut out, name, "", value);
        }
        out
    }
}

fn place<'a, T: Default>(figures: &'a mut ByOutcome<T>, of: &str, outcome: &str) -> &'a mut T {
    // The names are there already but for the first time: no need to make new ones.
    if !figures.get(of).is_some_and(|outcomes| outcomes.contains_key(outcome)) {
        figures.entry(of.to_owned()).or_default().insert(outcome.to_owned(), T::default());
    }
    figures.get_mut(of).and_then(|outcomes| outcomes.get_mut(outcome)).expect("it was put there")
}

fn labelled<'a, T>(figures: &'a ByOutcome<T>, label: &'a str) -> impl Iterator<Item = (String, &'a T)> {
    figures.iter().flat_map(move |(of, outcomes)| {
        let name = move |outcome: &str| format!("{label}=\"{of}\",outcome=\"{outcome}\"");
        outcomes.iter().map(move |(outcome, figure)| (name(outcome), figure))
    })
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string cannot fail.
    let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
}

fn line(out: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = match labels {
        "" => writeln!(out, "{name} {value}"),
        _ => writeln!(out, "{name}{{{labels}}} {value}"),
    };
}
