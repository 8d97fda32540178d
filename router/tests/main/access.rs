//! `@authenticated`, `@requiresScopes` and `@policy`: what callers may not see is not asked for, and null with an error.

use router::{Config, Gateway, KeySource, config::Unauthorized};
use serde_json::{Value, json};

use crate::fixture::{
    Journal, PATIENCE, Way,
    client::{Answer, post, send, serve},
    dev, gateway,
    keys::{Key, claims, jwks},
    office,
    socket::Client,
    stream::{data_lines, open},
};

const CODE: &str = "UNAUTHORIZED_FIELD_OR_TYPE";

struct Office {
    key: Key,
    journal: Journal,
    gateway: Gateway,
}

impl Office {
    async fn open(change: impl FnOnce(&mut Config)) -> Self {
        let (key, journal) = (Key::ed("1"), Journal::default());
        let mut config = Config { key_source: Some(KeySource::Text(jwks(&[&key]))), ..dev() };
        change(&mut config);
        let gateway = gateway(config, Way::InProcess, office::subgraphs(&journal)).await;
        Self { key, journal, gateway }
    }

    fn token(&self, extra: &Value) -> String {
        let mut claims = claims("u1", 600);
        for (name, value) in extra.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        self.key.token(&claims)
    }

    /// Asks anonymously (`null`), or as somebody with these further claims.
    async fn answer(&self, query: &str, caller: &Value) -> Answer {
        let token = (!caller.is_null()).then(|| format!("Bearer {}", self.token(caller)));
        let headers: Vec<_> = token.iter().map(|token| ("authorization", token.as_str())).collect();
        self.journal.clear();
        send(&self.gateway.router(), post(&json!({ "query": query }), &headers)).await
    }

    async fn ask(&self, query: &str, caller: &Value) -> (Value, Vec<Value>) {
        let answer = self.answer(query, caller).await.json();
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        let paths = errors.iter().map(|error| {
            assert_eq!(error["extensions"], json!({ "code": CODE }), "{error}");
            assert_eq!(error["message"], "Unauthorized field or type.");
            error["path"].clone()
        });
        (answer["data"].clone(), paths.collect())
    }

    /// Everything that subgraphs were asked since the last answer.
    fn asked(&self) -> String {
        self.journal
            .all()
            .iter()
            .map(|received| received.body["query"].as_str().unwrap_or("").to_owned())
            .collect()
    }
}

#[tokio::test]
async fn fields_need_what_their_rules_say() {
    let office = Office::open(|_| ()).await;
    let query = "{ me { name email notes public } }";
    for (caller, email, notes) in [
        (json!(null), false, false),
        (json!({}), false, true),
        (json!({ "scope": "read" }), false, true),
        (json!({ "scope": "email other read" }), true, true),
        (json!({ "scope": ["admin"] }), true, true),
    ] {
        let (data, paths) = office.ask(query, &caller).await;
        let expected_email = if email { json!("2@example.com") } else { Value::Null };
        let expected_notes = if notes { json!(["of 2"]) } else { Value::Null };
        let me = json!({ "name": "Person 2", "email": expected_email, "notes": expected_notes, "public": "about 2" });
        assert_eq!(data, json!({ "me": me }), "{caller}");
        let mut expected = Vec::new();
        expected.extend((!email).then(|| json!(["me", "email"])));
        expected.extend((!notes).then(|| json!(["me", "notes"])));
        assert_eq!(paths, expected, "{caller}");
        assert_eq!(office.asked().contains("email"), email, "what is withheld is not asked for");
        assert_eq!(office.asked().contains("{notes"), notes, "{}", office.asked());
    }
}

#[tokio::test]
async fn null_moves_up_where_it_may_not_stand_and_paths_are_the_clients() {
    let office = Office::open(|_| ()).await;
    let (data, paths) =
        office.ask("{ all: people { money: salary } me { boss { salary name } } }", &json!({})).await;
    assert_eq!(data, Value::Null, "the list and its items cannot be null");
    assert_eq!(paths[0], json!(["all", 0, "money"]));
    let (data, paths) = office.ask("{ me { boss { salary name } name } }", &json!({})).await;
    assert_eq!(data, json!({ "me": { "boss": null, "name": "Person 2" } }));
    assert_eq!(paths, [json!(["me", "boss", "salary"])]);
    let payroll = json!({ "policies": ["x", "payroll"] });
    let (data, paths) = office.ask("{ me { boss { salary } } people { salary } }", &payroll).await;
    assert_eq!(data["people"], json!([{ "salary": 1000 }, { "salary": 1000 }]));
    assert!(paths.is_empty());
    let (data, paths) = office.ask("{ a: vault }", &json!(null)).await;
    assert_eq!((data, paths), (Value::Null, vec![json!(["a"])]));
    assert_eq!(office.asked(), "", "nothing is left to ask");
}

#[tokio::test]
async fn one_answer_tells_each_place() {
    let office = Office::open(|_| ()).await;
    let (data, paths) = office.ask("{ people { id email } }", &json!(null)).await;
    assert_eq!(data, json!({ "people": [{ "id": "1", "email": null }, { "id": "2", "email": null }] }));
    assert_eq!(paths, [json!(["people", 0, "email"]), json!(["people", 1, "email"])]);
    let (data, _) = office.ask("{ guarded { name } me { name } }", &json!(null)).await;
    assert_eq!(data, json!({ "guarded": null, "me": { "name": "Person 2" } }));
}

#[tokio::test]
async fn enums_and_scalars_close_the_fields_that_return_them() {
    let office = Office::open(|_| ()).await;
    let query = "{ level code me { name } }";
    let (data, paths) = office.ask(query, &json!(null)).await;
    assert_eq!(data, json!({ "level": null, "code": null, "me": { "name": "Person 2" } }));
    assert_eq!(paths, [json!(["level"]), json!(["code"])]);
    let (data, paths) = office.ask(query, &json!({ "scope": "codes" })).await;
    assert_eq!((&data["level"], &data["code"]), (&json!("HIGH"), &json!("1234")));
    assert!(paths.is_empty());
}

#[tokio::test]
async fn abstract_types_are_judged_by_interface_and_by_object() {
    let office = Office::open(|_| ()).await;
    let by_interface = "{ items { __typename id title } }";
    let (data, paths) = office.ask(by_interface, &json!(null)).await;
    let expected = json!([{ "__typename": "Open", "id": "o", "title": null }, { "__typename": "Closed", "id": "c", "title": null }]);
    assert_eq!(data["items"], expected, "an interface has the rules of all its implementations");
    assert_eq!(paths, [json!(["items", 0, "title"]), json!(["items", 1, "title"])]);
    let by_object = "{ items { id ... on Open { title } ... on Closed { secret: title } } }";
    let (data, paths) = office.ask(by_object, &json!(null)).await;
    assert_eq!(data["items"], json!([{ "id": "o", "title": "open" }, { "id": "c", "secret": null }]));
    assert_eq!(paths, [json!(["items", 1, "secret"])]);
    let (data, _) = office.ask(by_interface, &json!({})).await;
    assert_eq!(data["items"][1], json!({ "__typename": "Closed", "id": "c", "title": "closed" }));

    let members = "{ found { __typename ... on Open { title } ... on Hidden { note } } }";
    let (data, paths) = office.ask(members, &json!(null)).await;
    let expected =
        json!([{ "__typename": "Open", "title": "open" }, { "__typename": "Hidden", "note": null }]);
    assert_eq!(data["found"], expected);
    assert_eq!(paths, [json!(["found", 1, "note"])]);
    assert!(!office.asked().contains("note"), "{}", office.asked());
    let (data, paths) = office.ask("{ found { ... on Hidden { note } } me { email } }", &json!(null)).await;
    assert_eq!(data["found"], json!([{}, { "note": null }]), "the type alone tells the objects apart");
    assert_eq!(paths.len(), 2);
}

#[tokio::test]
async fn conditions_and_fragments_still_count() {
    let office = Office::open(|_| ()).await;
    let query = "query($yes: Boolean = true, $no: Boolean = false) {
        me { a: email @skip(if: $yes) b: email @include(if: $yes) ...F c: email @include(if: $no) } } fragment F on Person { d: email name }";
    let (data, paths) = office.ask(query, &json!(null)).await;
    assert_eq!(data, json!({ "me": { "b": null, "d": null, "name": "Person 2" } }));
    assert_eq!(paths, [json!(["me", "b"]), json!(["me", "d"])]);
}

#[tokio::test]
async fn mutations_leave_out_what_is_closed_and_do_the_rest() {
    let office = Office::open(|_| ()).await;
    let (data, paths) = office.ask(r#"mutation { rename(name: "x") touch }"#, &json!({})).await;
    assert_eq!(data, json!({ "rename": null, "touch": "touched" }));
    assert_eq!(paths, [json!(["rename"])]);
    assert!(!office.asked().contains("rename"));
    let (data, _) = office.ask(r#"mutation { rename(name: "x") touch }"#, &json!({ "scope": "write" })).await;
    assert_eq!(data, json!({ "rename": "x", "touch": "touched" }));
}

#[tokio::test]
async fn reject_refuses_the_whole_operation() {
    let office = Office::open(|config| config.unauthorized = Unauthorized::Reject).await;
    let query = "{ me { name mail: email boss { notes } } }";
    let answer = office.answer(query, &json!(null)).await.json();
    assert!(answer.get("data").is_none(), "{answer}");
    let errors = answer["errors"].as_array().expect("errors");
    let paths: Vec<_> = errors.iter().map(|error| error["path"].clone()).collect();
    assert_eq!(paths, [json!(["me", "mail"]), json!(["me", "boss", "notes"])]);
    assert!(errors.iter().all(|error| error["extensions"]["code"] == CODE));
    assert_eq!(office.asked(), "");
    let (data, _) = office.ask(query, &json!({ "scope": "admin" })).await;
    assert_eq!(data["me"]["mail"], "2@example.com");
}

#[tokio::test]
async fn plans_are_made_per_decision_and_not_per_caller() {
    let office = Office::open(|_| ()).await;
    let query = "{ me { email notes } }";
    for scope in ["", "a", "b", "c d", "email"] {
        office.ask(query, &json!({ "scope": scope, "policies": [scope] })).await;
    }
    assert_eq!(office.gateway.stats().plans_made, 2, "the whole one, and the one without email");
    office.ask(query, &json!(null)).await;
    office.ask(query, &json!({ "scope": ["admin", "x"] })).await;
    assert_eq!(office.gateway.stats().plans_made, 3);
}

#[tokio::test]
async fn claims_have_the_names_that_are_configured() {
    let office = Office::open(|config| {
        config.scopes_claim = "rights".into();
        config.policies_claim = "groups".into();
    })
    .await;
    let query = "{ me { email salary } }";
    let (data, _) = office.ask(query, &json!({ "scope": "admin", "policies": ["payroll"] })).await;
    assert_eq!(data, json!({ "me": null }));
    let (data, _) = office.ask(query, &json!({ "rights": "admin", "groups": "payroll" })).await;
    assert_eq!(data, json!({ "me": { "email": "2@example.com", "salary": 1000 } }));
}

#[tokio::test]
async fn streams_are_refused_as_a_whole_and_filtered_in_part() {
    let office = Office::open(|_| ()).await;
    let answer = office.answer("subscription { secretTicks }", &json!(null)).await;
    assert_eq!(answer.code(), CODE);
    let mut reader =
        open(&office.gateway, "subscription { ticks { number secret } }", &[("accept", "text/event-stream")])
            .await;
    let text = reader.read_until("event: next", 2).await;
    let event = &data_lines(&text)[0];
    assert_eq!(event["data"]["ticks"], json!({ "number": 0, "secret": null }));
    assert_eq!(event["errors"][0]["path"], json!(["ticks", "secret"]));
    assert!(!office.asked().contains("secret"));
}

#[tokio::test]
async fn a_stream_ends_when_a_new_token_may_see_less() {
    let office = Office::open(|_| ()).await;
    let address = serve(&office.gateway).await;
    let rich = json!({ "authorization": office.token(&json!({ "scope": "ticks" })) });
    let mut client = Client::ready(&address, rich).await;
    client.subscribe("1", "subscription { ticks { secret } }").await;
    assert_eq!(client.message().await["payload"]["data"]["ticks"]["secret"], 0);
    let poor = json!({ "authorization": office.token(&json!({})) });
    client.send(json!({ "type": "ping", "payload": poor })).await;
    let ended = async {
        loop {
            let message = client.message().await;
            if message["type"] == "error" {
                return message["payload"][0]["extensions"]["code"].clone();
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, ended).await.expect("in time"), CODE);
}
