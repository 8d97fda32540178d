//! The files that users expect: present, short, and true.

use crate::architecture::root;

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 150, "README.md has {lines} lines");
}

#[test]
fn every_command_that_the_readme_and_the_architecture_show_is_run_by_ci() {
    let ci = read(".ci/run");
    for file in ["README.md", "ARCHITECTURE.md"] {
        let text = read(file);
        let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
        for line in blocks.flat_map(str::lines) {
            let command = line.split(" #").next().unwrap_or_default().trim();
            if command.is_empty() || command.starts_with('#') {
                continue;
            }
            assert!(ci.contains(command), "{file} shows `{command}`, which .ci/run does not run");
        }
    }
}

#[test]
fn compose_starts_every_deployable_and_every_variable_it_asks_for_is_in_the_example() {
    let compose = read("docker-compose.yml");
    for service in ["postgres", "rabbitmq", "valkey", "identity", "fleet", "partner", "trip", "router"] {
        assert!(
            compose.contains(&format!("\n  {service}:\n")),
            "docker-compose.yml has no service {service}"
        );
    }
    let example = read(".env.example");
    for part in compose.split("${").skip(1) {
        let name: String = part.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
        assert!(example.contains(&format!("{name}=")), ".env.example lacks {name}");
    }
}
