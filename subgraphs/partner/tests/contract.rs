//! What crosses the process boundary: the SDL file matches the code.

/// Rewrites `path` when UPDATE_SCHEMA=1, otherwise compares.
#[expect(clippy::disallowed_methods, reason = "the switch of every schema test")]
pub(crate) fn matches_file(path: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var("UPDATE_SCHEMA").is_ok_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} does not match the code: run the tests with UPDATE_SCHEMA=1", path.display());
}

#[test]
fn the_sdl_file_is_what_the_code_says() {
    matches_file("schema/partner.graphql", &partner::sdl());
}
