//! The one binary `drivers-klub`.

fn main() -> std::process::ExitCode {
    drivers_klub::main()
}
