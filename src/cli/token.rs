//! `hotline token create|list|revoke`.

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

use super::{ConfigArg, config};
use crate::config::setup::Role;
use crate::driver::clock::Clock;
use crate::store::{Actor, NewToken};
use crate::{app, library};

#[derive(Debug, clap::Args)]
pub struct TokenArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token and print it, once.
    Create {
        /// What it may do.
        #[arg(long)]
        role: RoleArg,
        /// Whose it is, for the list and the audit log.
        #[arg(long)]
        name: String,
        /// The agent that it speaks for; needed for the role `agent`.
        #[arg(long)]
        agent: Option<String>,
        #[command(flatten)]
        config: ConfigArg,
    },
    /// List tokens, without their text.
    List(ConfigArg),
    /// Make a token useless.
    Revoke {
        /// Its number in the list.
        id: i64,
        #[command(flatten)]
        config: ConfigArg,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleArg {
    Agent,
    Supervisor,
    Admin,
    Founder,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Role {
        match role {
            RoleArg::Agent => Role::Agent,
            RoleArg::Supervisor => Role::Supervisor,
            RoleArg::Admin => Role::Admin,
            RoleArg::Founder => Role::Founder,
        }
    }
}

pub async fn run(args: TokenArgs) -> anyhow::Result<ExitCode> {
    let actor = Actor::person("command line", Role::Admin);
    match args.action {
        Action::Create { role, name, agent, config } => {
            anyhow::ensure!(
                !matches!(role, RoleArg::Agent) || agent.is_some(),
                "a token of role agent speaks for one agent: add --agent NO"
            );
            let store = library::open_store(&config::load(&config)?).await?;
            let now = Clock::start().now().utc;
            let new = NewToken { name, role: role.into(), agent, expires_at: None };
            println!("{}", store.create_token(&new, &mut app::seed()?, &actor, now).await?);
            store.close().await;
        }
        Action::List(config) => {
            let store = library::open_store(&config::load(&config)?).await?;
            for token in store.tokens().await? {
                let state = if token.revoked_at.is_some() { "revoked" } else { "good" };
                let role = serde_json::to_value(token.role)?;
                let role = role.as_str().unwrap_or_default();
                println!("{}\t{}\t{role}\t{state}\t{}", token.id, token.name, token.created_at.to_rfc3339());
            }
            store.close().await;
        }
        Action::Revoke { id, config } => {
            let store = library::open_store(&config::load(&config)?).await?;
            let now = Clock::start().now().utc;
            store.revoke_token(id, &actor, now).await?;
            store.close().await;
        }
    }
    Ok(ExitCode::SUCCESS)
}
