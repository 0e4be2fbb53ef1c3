//! Credentials by the standard provider chain, and whose they are. The only asynchronous code.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, tls};
use tokio::runtime::Runtime;

use super::client::Client;
use super::scope::Place;
use super::{Error, Patience};

/// What the chain looks at, in this order.
const CHAIN: &str = "the environment (AWS_ACCESS_KEY_ID), the profile (AWS_PROFILE or `default`: keys, SSO, assumed roles, \
    credential_process), a web identity token (AWS_WEB_IDENTITY_TOKEN_FILE), the container's endpoint, the instance's role";

/// Finds credentials, asks STS whose they are, and gives a client for the place.
///
/// # Errors
/// No credentials, or none that STS accepts; or those of another account than the place's.
pub fn connect(place: &Place) -> Result<Client, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::Credentials(e.to_string()))?;
    let config = runtime.block_on(load(place));
    let found = runtime.block_on(caller(&config))?;
    if found != place.account {
        return Err(Error::Account {
            wanted: place.account.clone(),
            found,
        });
    }
    let endpoint = config.endpoint_url().map(str::to_owned);
    let source = Box::new(move || credentials(&runtime, &config));
    Client::new(source, place.clone(), endpoint, Patience::default()).map_err(Error::Credentials)
}

async fn load(place: &Place) -> SdkConfig {
    let client = Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(place.region.clone()))
        .http_client(client)
        .load()
        .await
}

/// The account that the credentials are of, by STS.
async fn caller(config: &SdkConfig) -> Result<String, Error> {
    if let Some(provider) = config.credentials_provider() {
        provider.provide_credentials().await.map_err(|e| none(&e))?;
    }
    let answer = aws_sdk_sts::Client::new(config)
        .get_caller_identity()
        .send()
        .await
        .map_err(|e| Error::Credentials(format!("sts:GetCallerIdentity: {}", causes(&e))))?;
    answer
        .account()
        .map(str::to_owned)
        .ok_or_else(|| Error::Credentials("sts:GetCallerIdentity names no account".to_owned()))
}

fn credentials(runtime: &Runtime, config: &SdkConfig) -> Result<Credentials, String> {
    let provider = config
        .credentials_provider()
        .ok_or("no credentials provider")?;
    runtime
        .block_on(provider.provide_credentials())
        .map_err(|e| none(&e).to_string())
}

fn none(error: &dyn std::error::Error) -> Error {
    Error::Credentials(format!(
        "no AWS credentials ({}); looked at {CHAIN}",
        causes(error)
    ))
}

/// The last cause says most; all of them, without control characters, and not endless.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(600)
        .collect()
}
