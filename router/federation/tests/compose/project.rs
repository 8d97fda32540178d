//! The project's own subgraphs, as their tests write them to `schema/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use apollo_compiler::ast::{Definition, Document};
use federation::compose::{SubgraphSdl, compose};

/// The four SDLs; fewer when some were not written yet.
pub(crate) fn subgraphs() -> Vec<SubgraphSdl> {
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
    subgraphs
}

/// `Type.field` of every field of objects and interfaces.
fn output_fields(sdl: &str) -> BTreeSet<String> {
    let document = Document::parse(sdl, "schema").unwrap();
    let mut fields = BTreeSet::new();
    for definition in &document.definitions {
        let own = match definition {
            Definition::ObjectTypeDefinition(ty) => &ty.fields,
            Definition::ObjectTypeExtension(ty) => &ty.fields,
            Definition::InterfaceTypeDefinition(ty) => &ty.fields,
            _ => continue,
        };
        let name = definition.name().unwrap();
        fields.extend(own.iter().map(|field| format!("{name}.{}", field.name)));
    }
    fields
}

#[test]
fn the_projects_own_subgraphs_compose_and_no_field_is_lost() {
    let subgraphs = subgraphs();
    if subgraphs.len() < 4 {
        return;
    }
    let composition = compose(&subgraphs).unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", errors.join("\n"));
    });
    let merged = output_fields(&composition.supergraph_sdl);
    for subgraph in &subgraphs {
        let own = output_fields(&subgraph.sdl);
        assert!(own.is_subset(&merged), "{}: {:?}", subgraph.name, own.difference(&merged));
    }
}
