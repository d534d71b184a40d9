//! Certificates: ours, read again when the files change, and those of others, checked for their host name.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::{MissedTickBehavior, interval};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::config::TlsSection;
use crate::sip::endpoint::Target;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A certificate chain with its key is a few KiB; more is another file.
const MAX_FILE: u64 = 1 << 20;

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(
        "sip.listen has a tls or wss address, but sip.tls.{0} names no file: give certificate and key as PEM files"
    )]
    Missing(&'static str),
    #[error("{path}: {source}", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{path}: not usable as PEM: {why}", path = path.display())]
    Pem { path: PathBuf, why: String },
    #[error("certificate and key cannot be used together: {0}")]
    Pair(#[from] rustls::Error),
}

/// What we show to those who connect.
#[derive(Debug)]
pub(super) struct Certificates {
    certificate: PathBuf,
    key: PathBuf,
    shown: Mutex<Shown>,
}

#[derive(Debug)]
struct Shown {
    files: (Vec<u8>, Vec<u8>),
    config: Arc<ServerConfig>,
}

impl Certificates {
    pub(super) fn load(section: &TlsSection) -> Result<Arc<Self>, TlsError> {
        let certificate = section.certificate.clone().ok_or(TlsError::Missing("certificate"))?;
        let key = section.key.clone().ok_or(TlsError::Missing("key"))?;
        let files = (read(&certificate)?, read(&key)?);
        let config = server_config(&certificate, &key, &files)?;
        Ok(Arc::new(Certificates { certificate, key, shown: Mutex::new(Shown { files, config }) }))
    }

    /// Takes the files if they have changed. A pair that cannot be used (half of it written, say) changes nothing.
    pub(super) fn look_again(&self) -> Result<bool, TlsError> {
        let files = (read(&self.certificate)?, read(&self.key)?);
        if self.shown.lock().unwrap_or_else(PoisonError::into_inner).files == files {
            return Ok(false);
        }
        let config = server_config(&self.certificate, &self.key, &files)?;
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Shown { files, config };
        Ok(true)
    }

    /// Looks at the files until nobody listens any more.
    pub(super) async fn follow(certificates: std::sync::Weak<Self>) {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = String::new();
        loop {
            ticks.tick().await;
            let Some(held) = certificates.upgrade() else { return };
            let looked = tokio::task::spawn_blocking(move || held.look_again()).await;
            match looked {
                Ok(Ok(true)) => tracing::info!("the certificate of sip.tls was read again"),
                Ok(Err(error)) if error.to_string() != told => {
                    told = error.to_string();
                    tracing::warn!(%error, "sip.tls: the former certificate stays in use");
                }
                Ok(_) | Err(_) => {}
            }
        }
    }

    pub(super) async fn accept(&self, socket: TcpStream) -> io::Result<server::TlsStream<TcpStream>> {
        let config = self.shown.lock().unwrap_or_else(PoisonError::into_inner).config.clone();
        TlsAcceptor::from(config).accept(socket).await
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let fail = |source| TlsError::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(fail)?.len() > MAX_FILE {
        return Err(TlsError::Pem { path: path.to_owned(), why: format!("larger than {MAX_FILE} bytes") });
    }
    std::fs::read(path).map_err(fail)
}

fn certificates(path: &Path, text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let fail = |why: String| TlsError::Pem { path: path.to_owned(), why };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let found = found.map_err(|error| fail(error.to_string()))?;
    if found.is_empty() { Err(fail("there is no certificate in it".to_owned())) } else { Ok(found) }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn server_config(path: &Path, key_path: &Path, files: &(Vec<u8>, Vec<u8>)) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = certificates(path, &files.0)?;
    let key = PrivateKeyDer::from_pem_slice(&files.1)
        .map_err(|error| TlsError::Pem { path: key_path.to_owned(), why: error.to_string() })?;
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_no_client_auth().with_single_cert(chain, key)?))
}

/// Whom we trust when we connect: the system's authorities, and those of `sip.tls.authorities`.
#[derive(Debug, Default)]
pub(super) struct Authorities {
    file: Option<PathBuf>,
    config: OnceCell<Arc<ClientConfig>>,
}

impl Authorities {
    pub(super) fn new(section: &TlsSection) -> Arc<Self> {
        Arc::new(Authorities { file: section.authorities.clone(), config: OnceCell::new() })
    }

    /// Opens TLS on `socket`; fails unless the certificate is for the name that was asked for (RFC 5922 7.1).
    pub(super) async fn connect(&self, target: &Target, socket: TcpStream) -> io::Result<client::TlsStream<TcpStream>> {
        let file = self.file.clone();
        let load = || async move {
            let loaded = tokio::task::spawn_blocking(move || client_config(file.as_deref())).await;
            loaded.map_err(io::Error::other)?.map_err(io::Error::other)
        };
        let config = self.config.get_or_try_init(load).await?.clone();
        let name = match &target.server_name {
            Some(name) => ServerName::try_from(name.clone()).map_err(io::Error::other)?,
            None => ServerName::IpAddress(target.remote.ip().to_canonical().into()),
        };
        TlsConnector::from(config).connect(name, socket).await
    }
}

fn client_config(file: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    // Authorities of the system that cannot be read are not trusted: fewer connections, never more.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = file {
        for certificate in certificates(path, &read(path)?)? {
            roots.add(certificate)?;
        }
    }
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}
