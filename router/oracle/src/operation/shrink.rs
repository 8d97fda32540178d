//! Makes a failing operation small: leaves out one thing after the other as long as it still fails.

use super::Case;
use super::walk::{drop_unused, selection_sets};
use apollo_compiler::Schema;
use apollo_compiler::ast::{Definition, Selection};
use apollo_compiler::validation::Valid;

/// Attempts before the smallest so far has to do.
const MOST_ATTEMPTS: usize = 3000;

/// The smallest case that could be found for which `fails` is still true. It must be true for the case given.
pub fn shrink(schema: &Valid<Schema>, case: &Case, mut fails: impl FnMut(&Case) -> bool) -> Case {
    let mut smallest = case.clone();
    let mut attempts = 0;
    loop {
        let mut step = 0;
        let mut progress = false;
        while let Some(mut smaller) = reduced(schema, &smallest, step) {
            drop_unused(&mut smaller);
            attempts += 1;
            if attempts > MOST_ATTEMPTS {
                return smallest;
            }
            if smaller != smallest && smaller.validate(schema).is_some() && fails(&smaller) {
                smallest = smaller;
                progress = true;
            } else {
                step += 1;
            }
        }
        if !progress {
            return smallest;
        }
    }
}

/// The case with its `step`-th possible simplification; `None` behind the last.
fn reduced(schema: &Schema, case: &Case, step: usize) -> Option<Case> {
    let fragments: Vec<_> =
        case.document.definitions.iter().filter_map(Definition::as_fragment_definition).cloned().collect();
    let mut smaller = case.clone();
    let mut left = Some(step);
    selection_sets(schema, &mut smaller.document, &mut |_, selections, _| {
        for index in 0..selections.len() {
            if hit(&mut left) {
                selections.remove(index);
                return;
            }
            if is_fragment(&selections[index]) && hit(&mut left) {
                let inner = unfold(&selections[index], &fragments);
                selections.splice(index..=index, inner);
                return;
            }
            if hit(&mut left) {
                simplify(&mut selections[index], 0);
                return;
            }
            let arguments = selections[index].as_field().map_or(0, |field| field.arguments.len());
            for argument in 1..=arguments + 1 {
                if hit(&mut left) {
                    simplify(&mut selections[index], argument);
                    return;
                }
            }
        }
    });
    left.is_none().then_some(smaller)
}

/// Counts down; true when it is this simplification's turn.
fn hit(left: &mut Option<usize>) -> bool {
    match left {
        Some(0) => {
            *left = None;
            true
        }
        Some(count) => {
            *count -= 1;
            false
        }
        None => false,
    }
}

fn is_fragment(selection: &Selection) -> bool {
    !matches!(selection, Selection::Field(_))
}

fn unfold(
    selection: &Selection,
    fragments: &[apollo_compiler::Node<apollo_compiler::ast::FragmentDefinition>],
) -> Vec<Selection> {
    match selection {
        Selection::InlineFragment(fragment) => fragment.selection_set.clone(),
        Selection::FragmentSpread(spread) => {
            let fragment = fragments.iter().find(|fragment| fragment.name == spread.fragment_name);
            fragment.map_or_else(Vec::new, |fragment| fragment.selection_set.clone())
        }
        Selection::Field(_) => vec![selection.clone()],
    }
}

/// 0: without directives; 1…: without that argument; one more: without alias.
fn simplify(selection: &mut Selection, what: usize) {
    match selection {
        Selection::Field(field) => {
            let field = field.make_mut();
            match what {
                0 => field.directives.0.clear(),
                _ if what <= field.arguments.len() => {
                    field.arguments.remove(what - 1);
                }
                _ => field.alias = None,
            }
        }
        Selection::InlineFragment(fragment) => fragment.make_mut().directives.0.clear(),
        Selection::FragmentSpread(spread) => spread.make_mut().directives.0.clear(),
    }
}
