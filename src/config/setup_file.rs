//! Reading `setup.yaml` and the secrets that it points at.

use std::path::Path;

use super::setup::{Secret, Setup};
use super::yaml::{self, ConfigError};

/// Reads a set-up. What it means for the store is checked when it is applied.
pub fn load_setup(path: &Path) -> Result<Setup, ConfigError> {
    yaml::read(path)
}

/// Parses the text of a set-up; the error names line and column.
pub fn parse_setup(text: &str) -> Result<Setup, String> {
    yaml::parse(text)
}

/// A secret that its source did not give.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("environment variable {0} is not set: export it or write the password another way")]
    NoVariable(String),
    #[error("password file {path} cannot be read: write the password into it (`hotline demo` makes random ones)")]
    File { path: String, source: std::io::Error },
    #[error("the password is empty")]
    Empty,
}

/// The password itself. A file's trailing line end is not part of it; relative files are taken from `base`.
pub fn resolve_secret(secret: &Secret, base: &Path) -> Result<String, SecretError> {
    let value = match secret {
        Secret::Value(value) => value.clone(),
        Secret::Env { env } => std::env::var(env).map_err(|_| SecretError::NoVariable(env.clone()))?,
        Secret::File { file } => {
            let text = std::fs::read_to_string(base.join(file))
                .map_err(|source| SecretError::File { path: file.clone(), source })?;
            text.trim_end_matches(['\n', '\r']).to_owned()
        }
    };
    if value.is_empty() { Err(SecretError::Empty) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::setup::Switchable;

    const SAMPLE: &str = "
skill_groups:
  - { id: presales, name: 售前, answer_timeout_s: 15, wrap_up_s: off, last_agent_first: true }
agents:
  - { no: \"1001\", name: 王工, groups: [presales], password: { env: HOTLINE_TEST_PASSWORD } }
numbers:
  \"4008123602\": reception
trunks:
  - { name: carrier, sources: [\"127.0.0.1/32\"] }
";

    #[test]
    fn reads_a_set_up() {
        let setup: Setup = yaml::parse(SAMPLE).expect("the sample is right");
        assert_eq!(setup.skill_groups[0].answer_timeout_s, Switchable::Seconds(15));
        assert_eq!(setup.skill_groups[0].wrap_up_s, Switchable::Off);
        assert_eq!(setup.agents[0].password, Some(Secret::Env { env: "HOTLINE_TEST_PASSWORD".into() }));
    }

    #[test]
    fn a_time_out_of_91_seconds_is_refused_where_it_stands() {
        let error = yaml::parse::<Setup>(&SAMPLE.replace("answer_timeout_s: 15", "answer_timeout_s: 91"))
            .expect_err("91 is out of range");
        assert!(error.starts_with("3:"), "{error}");
        assert!(error.contains("1 to 90"), "{error}");
    }

    #[test]
    fn a_password_may_stand_in_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("secret"), "pass word\n").expect("written");
        let secret = Secret::File { file: "secret".into() };
        assert_eq!(resolve_secret(&secret, folder.path()).ok().as_deref(), Some("pass word"));
        let missing = Secret::File { file: "none".into() };
        assert!(matches!(resolve_secret(&missing, folder.path()), Err(SecretError::File { .. })));
    }
}
