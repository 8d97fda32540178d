//! Where shared servers live, and how they know that somebody still needs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

/// How long a shared server runs on after its last user, in minutes.
pub(crate) const IDLE_MINUTES: u32 = 3;

const TOUCH_EVERY: Duration = Duration::from_secs(20);

/// `target/testing`, found from where the test program lies (`target/debug/deps/…`).
pub(crate) fn folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let target = program
        .ancestors()
        .nth(3)
        .filter(|folder| folder.ends_with("target") || folder.join("CACHEDIR.TAG").exists());
    target.map_or_else(|| std::env::temp_dir().join("drivers-klub-testing"), |target| target.join("testing"))
}

/// The lease file of a server; touched now and as long as this process lives.
pub(crate) fn lease(server: &'static str) -> PathBuf {
    static TOUCHED: OnceLock<std::sync::Mutex<Vec<&'static str>>> = OnceLock::new();
    let path = folder().join(format!("{server}.lease"));
    touch(&path);
    let mut touched =
        TOUCHED.get_or_init(Default::default).lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !touched.contains(&server) {
        touched.push(server);
        let path = path.clone();
        thread::spawn(move || {
            loop {
                thread::sleep(TOUCH_EVERY);
                touch(&path);
            }
        });
    }
    path
}

fn touch(path: &Path) {
    if let Some(parent) = path.parent() {
        let _ = fs::create_dir_all(parent);
    }
    fs::write(path, b"in use").unwrap_or_else(|error| panic!("touching {}: {error}", path.display()));
}
