//! The page that browsers get.

use axum::{body::Body, http::Request};
use router::{
    Config, Gateway,
    playground::{DemoIdentity, Example, PlaygroundData, SignInStep},
};
use serde_json::json;

use crate::fixture::{
    Way,
    client::{Answer, send},
    dev, gateway, scripted,
};

async fn get(gateway: &Gateway, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(&gateway.router(), request.body(Body::empty()).expect("a request")).await
}

async fn with(config: Config) -> Gateway {
    gateway(config, Way::InProcess, vec![scripted::subgraph()]).await
}

#[tokio::test]
async fn browsers_get_the_page_and_programs_do_not() {
    let gateway = with(dev()).await;
    let browser = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    for path in ["/graphql", "/"] {
        let page = get(&gateway, path, &[browser]).await;
        assert_eq!((page.status.as_u16(), page.header("content-encoding")), (200, "gzip"));
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
    }
    let answer = get(&gateway, "/graphql?query=%7Bvalue%7D", &[browser]).await;
    assert_eq!(answer.text, r#"{"data":{"value":"plain"}}"#);
    assert_eq!(get(&gateway, "/graphql", &[("accept", "application/json")]).await.status.as_u16(), 400);
}

#[tokio::test]
async fn files_are_revalidated_by_etag() {
    let gateway = with(dev()).await;
    for file in ["playground.js", "playground.css", "licences.txt"] {
        let path = format!("/playground/{file}");
        let first = get(&gateway, &path, &[]).await;
        assert_eq!(first.status.as_u16(), 200);
        let again = get(&gateway, &path, &[("if-none-match", first.header("etag"))]).await;
        assert_eq!((again.status.as_u16(), again.text.len()), (304, 0));
    }
    assert_eq!(get(&gateway, "/playground/other.js", &[]).await.status.as_u16(), 404);
}

#[tokio::test]
async fn examples_and_identities_come_from_outside() {
    let data = PlaygroundData {
        title: "Shop".into(),
        examples: vec![Example { title: "First".into(), query: "{ value }".into(), ..Example::default() }],
        identities: vec![DemoIdentity { label: "Buyer".into(), ..DemoIdentity::default() }],
        sign_in: vec![SignInStep {
            query: "mutation { x }".into(),
            token: Some("/x".into()),
            ..SignInStep::default()
        }],
    };
    let gateway = with(Config { playground_data: Some(data.into()), ..dev() }).await;
    let settings = get(&gateway, "/playground/settings.json", &[]).await.json();
    assert_eq!((&settings["title"], &settings["plan"]), (&json!("Shop"), &json!(true)));
    assert_eq!(settings["examples"][0]["query"], "{ value }");
    assert_eq!(settings["signIn"][0]["token"], "/x");
}

#[tokio::test]
async fn in_production_there_is_no_page() {
    let gateway = with(Config::default()).await;
    for path in ["/", "/playground/playground.js", "/playground/settings.json"] {
        assert_eq!(get(&gateway, path, &[("accept", "text/html")]).await.status.as_u16(), 404, "{path}");
    }
    assert_eq!(get(&gateway, "/graphql", &[("accept", "text/html")]).await.status.as_u16(), 406);
}
