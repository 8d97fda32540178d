//! What a caller may not see: the supergraph's rules held against the claims of the caller's token.

use federation::supergraph::{Rule, RuleSet};
use serde_json::Value;

use crate::{
    auth::Identity,
    config::Config,
    error::{ClientError, Entry},
    response::code,
};

/// The rules that do not hold for this caller.
pub(crate) fn denied(config: &Config, rules: &[Rule], caller: Option<&Identity>) -> RuleSet {
    let mut denied = RuleSet::default();
    if rules.is_empty() {
        return denied;
    }
    let scopes = names(caller, &config.scopes_claim);
    let policies = names(caller, &config.policies_claim);
    for (index, rule) in rules.iter().enumerate() {
        let holds = match rule {
            Rule::Authenticated => caller.is_some(),
            Rule::Scopes(any) => has_all_of_one(any, &scopes),
            Rule::Policies(any) => has_all_of_one(any, &policies),
        };
        if !holds {
            denied.insert(index);
        }
    }
    denied
}

/// Refuses an operation for the fields at these paths.
pub(crate) fn refused(withheld: &[Vec<String>]) -> ClientError {
    let entry = |path: &Vec<String>| Entry::new(code::UNAUTHORIZED, code::UNAUTHORIZED_MESSAGE).on(path);
    ClientError::before_execution(withheld.iter().map(entry).collect())
}

fn has_all_of_one(any: &[Vec<String>], has: &[&str]) -> bool {
    any.iter().any(|all| all.iter().all(|name| has.contains(&name.as_str())))
}

/// The names in a claim: a list of strings, or one string with spaces between them (RFC 8693 §4.2).
fn names<'a>(caller: Option<&'a Identity>, claim: &str) -> Vec<&'a str> {
    match caller.and_then(|caller| caller.claims.get(claim)) {
        Some(Value::String(text)) => text.split_ascii_whitespace().collect(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lists(any: &[&[&str]]) -> Vec<Vec<String>> {
        any.iter().map(|all| all.iter().map(|&name| name.to_owned()).collect()).collect()
    }

    fn holds(rule: Rule, claims: Option<Value>) -> bool {
        let identity = claims
            .map(|claims| Identity { claims: claims.as_object().expect("an object").clone(), expires: 0 });
        denied(&Config::default(), &[rule], identity.as_ref()).is_empty()
    }

    #[test]
    fn scopes_are_a_list_or_a_text_and_one_alternative_is_enough() {
        let rule = || Rule::Scopes(lists(&[&["a", "b"], &["c"]]));
        for good in [json!("b x a"), json!(["c"]), json!(["a", 1, "b"])] {
            assert!(holds(rule(), Some(json!({ "scope": good }))), "{good}");
        }
        for bad in [json!("a"), json!("ab"), json!(["a b"]), json!({ "c": true }), json!(null), json!("")] {
            assert!(!holds(rule(), Some(json!({ "scope": bad }))), "{bad}");
        }
        assert!(!holds(rule(), Some(json!({ "policies": ["c"] }))) && !holds(rule(), None));
        assert!(!holds(Rule::Scopes(Vec::new()), Some(json!({ "scope": "a" }))), "no alternative: nobody");
    }

    #[test]
    fn policies_have_a_claim_of_their_own_and_any_caller_is_authenticated() {
        let policy = || Rule::Policies(lists(&[&["p"]]));
        assert!(holds(policy(), Some(json!({ "policies": ["p"] }))));
        assert!(!holds(policy(), Some(json!({ "scope": "p" }))));
        assert!(holds(Rule::Authenticated, Some(json!({}))) && !holds(Rule::Authenticated, None));
    }
}
