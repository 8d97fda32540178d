//! The project's own subgraphs, as their tests write them to `schema/`.

use std::fs;
use std::path::Path;

use federation::compose::{SubgraphSdl, compose};

#[test]
fn the_projects_own_subgraphs_compose() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema");
    let mut subgraphs = Vec::new();
    for name in ["identity", "fleet", "partner", "trip"] {
        let file = folder.join(format!("{name}.graphql"));
        match fs::read_to_string(&file) {
            Ok(sdl) => subgraphs.push(SubgraphSdl {
                name: name.to_owned(),
                url: format!("http://{name}/graphql"),
                sdl,
                file: Some(file.display().to_string()),
            }),
            Err(_) => eprintln!("SKIPPED: {} is not there", file.display()),
        }
    }
    if subgraphs.len() < 4 {
        return;
    }
    if let Err(errors) = compose(&subgraphs) {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", errors.join("\n"));
    }
}
