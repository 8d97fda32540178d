//! Any text as the SDLs of subgraphs (separated by `#---`): composing answers or says why not, and what it answers can be
//! read back.
#![no_main]

use federation::compose::{SubgraphSdl, compose};
use federation::supergraph::Supergraph;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let subgraphs: Vec<SubgraphSdl> = text
        .split("#---")
        .take(4)
        .enumerate()
        .map(|(index, sdl)| SubgraphSdl {
            name: format!("s{index}"),
            url: "http://subgraph.invalid".to_owned(),
            sdl: sdl.to_owned(),
            file: None,
        })
        .collect();
    if let Ok(composition) = compose(&subgraphs) {
        let read = Supergraph::parse(&composition.supergraph_sdl);
        assert!(read.is_ok(), "{:?}\n{}", read.err(), composition.supergraph_sdl);
    }
});
