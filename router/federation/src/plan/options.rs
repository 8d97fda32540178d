//! What a caller can say about planning, and how planning fails.

/// How to plan.
#[derive(Clone, Copy, Default)]
pub struct PlanOptions<'a> {
    /// Labels of progressive overrides that are active. They belong into the key of a plan cache.
    pub override_labels: &'a [String],
    /// Planning steps before giving up; 0 means [`PlanOptions::DEFAULT_STEPS`].
    pub max_steps: u64,
    /// Asked every few hundred steps; `true` stops planning (a deadline, a client that left).
    pub interrupt: Option<&'a dyn Fn() -> bool>,
    /// Takes the place of "the cheapest": given the number of ways to cover some fields, says which to take. For searching all
    /// plans, to see whether the cheapest choices really give the fewest fetches.
    pub choose: Option<&'a dyn Fn(usize) -> usize>,
}

impl PlanOptions<'_> {
    /// Many times what large operations take, and well under a second or two of work.
    pub const DEFAULT_STEPS: u64 = 1_000_000;
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The supergraph has no way to resolve these fields here (`Type.field`).
    #[error("no subgraph can resolve {} here", fields.join(", "))]
    Unreachable {
        /// `Type.field` of each field that cannot be resolved.
        fields: Vec<String>,
    },
    /// The operation is too complex: planning took more steps than allowed.
    #[error("planning was given up after {steps} steps")]
    Budget {
        /// The steps taken.
        steps: u64,
    },
    /// [`PlanOptions::interrupt`] said so.
    #[error("planning was interrupted")]
    Interrupted,
    /// A rule of the planner was broken: a defect, to be reported.
    #[error("planning failed: {0}")]
    Internal(String),
}

impl PlanError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "PLAN_UNREACHABLE_FIELD",
            Self::Budget { .. } => "PLAN_BUDGET_EXCEEDED",
            Self::Interrupted => "PLAN_INTERRUPTED",
            Self::Internal(_) => "PLAN_INTERNAL_ERROR",
        }
    }
}

/// Counts steps.
pub(super) struct Budget<'a> {
    taken: u64,
    max: u64,
    interrupt: Option<&'a dyn Fn() -> bool>,
}

impl<'a> Budget<'a> {
    pub(super) fn new(options: &PlanOptions<'a>) -> Self {
        let max = if options.max_steps == 0 { PlanOptions::DEFAULT_STEPS } else { options.max_steps };
        Self { taken: 0, max, interrupt: options.interrupt }
    }

    /// The steps so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes steps, or says why planning has to stop.
    pub(super) fn take(&mut self, steps: u64) -> Result<(), PlanError> {
        let before = self.taken;
        self.taken += steps;
        if self.taken > self.max {
            return Err(PlanError::Budget { steps: self.taken });
        }
        if before / 256 != self.taken / 256 && self.interrupt.is_some_and(|interrupt| interrupt()) {
            return Err(PlanError::Interrupted);
        }
        Ok(())
    }
}
