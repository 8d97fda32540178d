//! Small questions about processes, programs and ports.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// True if there is a process with this id.
pub(crate) fn is_alive(pid: u32) -> bool {
    if Path::new("/proc/self").exists() {
        return Path::new(&format!("/proc/{pid}")).exists();
    }
    let kill = Command::new("kill").args(["-0", &pid.to_string()]).stderr(Stdio::null()).status();
    kill.is_ok_and(|status| status.success())
}

/// Sends a signal by name (`TERM`, `KILL`).
pub(crate) fn signal(pid: u32, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).stderr(Stdio::null()).status();
}

/// The first of these programs that is installed.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let machine = embedded::Machine::from_environment();
    let mut folders = machine.path;
    folders.extend(["/usr/sbin", "/usr/local/sbin", "/usr/lib/rabbitmq/bin"].map(PathBuf::from));
    names.iter().find_map(|name| {
        folders
            .iter()
            .map(|folder| folder.join(name))
            .find(|path| fs::metadata(path).is_ok_and(|meta| meta.is_file()))
    })
}

/// A port of the loopback interface that is free now.
pub(crate) fn free_port() -> u16 {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap_or_else(|error| panic!("no free port: {error}"));
    listener.local_addr().unwrap_or_else(|error| panic!("no free port: {error}")).port()
}

/// True if somebody listens on this port.
pub(crate) fn answers(port: u16) -> bool {
    std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}
