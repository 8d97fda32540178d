//! Every screen of the admin app, the public page and the driver app is fed by one request: `examples/screens` holds a
//! document per screen, its reading query first, and `cli/tests/plans` how the router answers that query.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use federation::operation::{Limits, Operation, prepare};
use federation::plan::{Plan, PlanOptions, plan};
use federation::supergraph::Supergraph;

use crate::architecture::root;

/// The screens of the two apps and the public page, with what reading each costs: so many requests to subgraphs, so many
/// of them after one another. A screen without a document fails, and so does the reverse.
const SCREENS: [(&str, usize, usize); 24] = [
    ("admin-assign-vehicle", 5, 4),
    ("admin-check-ins", 4, 3),
    ("admin-dashboard", 5, 3),
    ("admin-drivers", 4, 3),
    ("admin-fleet-details", 5, 4),
    ("admin-fleets", 3, 2),
    ("admin-hub-details", 6, 4),
    ("admin-login", 2, 2),
    ("admin-payments", 2, 2),
    ("admin-preferences", 2, 2),
    ("admin-roster", 3, 3),
    ("admin-team", 3, 2),
    ("admin-trip-details", 4, 3),
    ("admin-trips", 4, 3),
    ("admin-vehicles", 3, 3),
    ("driver-attendance", 2, 2),
    ("driver-home", 4, 3),
    ("driver-money", 3, 3),
    ("driver-onboarding", 2, 1),
    ("driver-profile", 3, 2),
    ("driver-session", 2, 2),
    ("driver-trips", 1, 1),
    ("driver-utilities", 1, 1),
    ("public-create-ride", 1, 1),
];

/// Root fields that no screen needs: the state of the machinery, for operators and dashboards.
const OFF_SCREEN: [&str; 3] = ["identityStuckSagas", "fleetStuckSagas", "partnerStuckSagas"];

/// A document of `examples/screens`.
struct Screen {
    name: String,
    text: String,
}

impl Screen {
    /// The names of its operations, in order.
    fn operations(&self) -> Vec<&str> {
        let kinds = ["query ", "mutation ", "subscription "];
        let heads =
            self.text.lines().filter_map(|line| kinds.iter().find_map(|kind| line.strip_prefix(kind)));
        heads.filter_map(|head| head.split(['(', ' ']).next()).collect()
    }

    fn prepared(&self, supergraph: &Supergraph, operation: &str) -> Operation {
        prepare(supergraph, &self.text, Some(operation), &Limits::default()).unwrap_or_else(|errors| {
            let messages: Vec<String> = errors.iter().map(|error| error.message.clone()).collect();
            panic!("{}, {operation}: {}", self.name, messages.join("\n"))
        })
    }

    fn planned(&self, supergraph: &Supergraph, operation: &str) -> Plan {
        plan(supergraph, &self.prepared(supergraph, operation), &PlanOptions::default())
            .unwrap_or_else(|error| panic!("{}, {operation}: {error}", self.name))
    }
}

fn supergraph() -> Supergraph {
    let text = std::fs::read_to_string(root().join("schema/supergraph.graphql")).unwrap();
    Supergraph::parse(&text).unwrap_or_else(|error| panic!("{error}"))
}

/// The files of a folder with this ending, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    found.sort();
    found
}

fn screens() -> Vec<Screen> {
    let read = |path: PathBuf| Screen {
        name: path.file_stem().unwrap().to_string_lossy().into_owned(),
        text: std::fs::read_to_string(&path).unwrap(),
    };
    files(&root().join("examples/screens"), "graphql").into_iter().map(read).collect()
}

fn names() -> Vec<&'static str> {
    SCREENS.iter().map(|(name, ..)| *name).collect()
}

#[test]
fn every_screen_has_its_document() {
    let found: Vec<String> = screens().into_iter().map(|screen| screen.name).collect();
    assert_eq!(found, names());
}

/// Rewrites `cli/tests/plans` when UPDATE_PLANS=1, otherwise compares.
#[test]
#[expect(clippy::disallowed_methods, reason = "the switch of every test that keeps plans")]
fn every_screen_is_read_with_one_request_and_its_plan_is_known() {
    let update = std::env::var("UPDATE_PLANS").is_ok_and(|value| value == "1");
    let folder = root().join("cli/tests/plans");
    let supergraph = supergraph();
    let mut wrong = Vec::new();
    for screen in screens() {
        let reading = screen.operations().first().copied().unwrap_or_default().to_owned();
        assert!(screen.text.starts_with("query "), "{} does not begin with its reading query", screen.name);
        let plan = screen.planned(&supergraph, &reading).to_text();
        let file = folder.join(format!("{}.txt", screen.name));
        if update {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, plan).unwrap();
        } else if std::fs::read_to_string(&file).unwrap_or_default() != plan {
            wrong.push(format!("{}:\n{plan}", file.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "plans have changed; look, then run with UPDATE_PLANS=1:\n{}",
        wrong.join("\n")
    );
    let kept: Vec<_> =
        files(&folder, "txt").iter().map(|file| file.file_stem().unwrap().to_owned()).collect();
    assert_eq!(kept, names(), "plans of screens that are gone");
}

#[test]
fn a_screen_costs_so_many_requests_and_no_more() {
    let supergraph = supergraph();
    for (screen, (name, requests, in_a_row)) in screens().iter().zip(SCREENS) {
        let plan = screen.planned(&supergraph, screen.operations()[0]);
        assert_eq!((plan.fetches.len(), depth(&plan)), (requests, in_a_row), "{name}");
    }
}

/// How many requests stand after one another at most.
fn depth(plan: &Plan) -> usize {
    let mut depths: Vec<usize> = Vec::new();
    for fetch in &plan.fetches {
        let before = fetch.after.iter().map(|earlier| depths[earlier.index()]).max();
        depths.push(before.unwrap_or_default() + 1);
    }
    depths.into_iter().max().unwrap_or_default()
}

#[test]
fn every_write_and_every_subscription_of_a_screen_is_valid_and_planned() {
    let supergraph = supergraph();
    let mut operations = 0;
    for screen in screens() {
        for operation in screen.operations() {
            assert!(
                !screen.planned(&supergraph, operation).fetches.is_empty(),
                "{}, {operation}",
                screen.name
            );
            operations += 1;
        }
    }
    assert!(operations > 100, "only {operations} operations were understood");
}

#[test]
fn every_operation_of_the_supergraph_is_used_on_a_screen() {
    let text = std::fs::read_to_string(root().join("schema/supergraph.graphql")).unwrap();
    let used: BTreeSet<String> = screens()
        .iter()
        .flat_map(|screen| screen.text.split(|c: char| !c.is_ascii_alphanumeric()))
        .map(str::to_owned)
        .collect();
    let mut operations = 0;
    for kind in ["Query", "Mutation", "Subscription"] {
        for field in root_fields(&text, kind) {
            operations += 1;
            let known = used.contains(&field) || OFF_SCREEN.contains(&field.as_str());
            assert!(known, "{kind}.{field} is on no screen");
        }
    }
    assert!(operations > 120, "only {operations} operations were understood");
}

/// The fields of a root type in the supergraph's SDL, where a field begins at two blanks.
fn root_fields(sdl: &str, kind: &str) -> Vec<String> {
    let body = sdl.split(&format!("\ntype {kind}\n")).nth(1).unwrap();
    let body = &body[..body.find("\n}").unwrap()];
    let lines = body.lines().filter_map(|line| line.strip_prefix("  "));
    let names = lines.filter_map(|line| line.split_once(['(', ':'])).map(|(name, _)| name);
    // A line of a description may hold a colon too, behind more than one word or none.
    let is_name = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
    names
        .filter(is_name)
        .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(str::to_owned)
        .collect()
}
