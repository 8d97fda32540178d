//! A certificate for the loopback interface, signed by an authority that nobody else trusts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::find_program;
use crate::skipped;

/// Files of one certificate.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) authority: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Makes one in a folder, None (said loudly) if there is no openssl.
pub(crate) fn make(folder: &Path) -> Option<Certificate> {
    let Some(openssl) = find_program(&["openssl"]) else {
        skipped("TLS", "openssl is not installed");
        return None;
    };
    fs::create_dir_all(folder).unwrap_or_else(|error| panic!("creating {}: {error}", folder.display()));
    let names = "subjectAltName=DNS:localhost,IP:127.0.0.1\n";
    fs::write(folder.join("names"), names).unwrap_or_else(|error| panic!("writing the names: {error}"));
    for command in [
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout authority.key -out authority.pem",
        "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
        "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names -out server.pem",
    ] {
        let mut openssl = Command::new(&openssl);
        openssl.args(command.split(' ')).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
        let done = openssl.stderr(Stdio::null()).status();
        assert!(done.is_ok_and(|status| status.success()), "openssl {command} failed");
    }
    let path = |name: &str| folder.join(name);
    Some(Certificate {
        authority: path("authority.pem"),
        certificate: path("server.pem"),
        key: path("server.key"),
    })
}
