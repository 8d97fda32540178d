//! Features that are read but not supported.

use super::super::code;
use super::super::model::{Applied, Carried};
use super::Rules;

impl Rules<'_> {
    /// Refuses `@context` and `@fromContext` wherever they are.
    pub(super) fn unsupported(&mut self) {
        let subgraph = self.subgraph;
        for ty in subgraph.types.values() {
            self.refuse(&format!("type \"{}\"", ty.name), &ty.applied);
            for field in ty.fields.values() {
                for argument in field.args.values() {
                    let what = format!("argument \"{}.{}({}:)\"", ty.name, field.name, argument.name);
                    self.refuse(&what, &argument.applied);
                }
            }
        }
    }

    fn refuse(&mut self, what: &str, applied: &[Applied]) {
        for one in applied {
            if let Carried::Unsupported(name) = one.directive {
                let message = format!("@{name} on {what} is not supported");
                self.error(code::UNSUPPORTED_FEATURE, message, one.at);
            }
        }
    }
}
