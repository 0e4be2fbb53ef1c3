//! Credentials by the standard provider chain, and whose they are. The only asynchronous code.

use std::collections::BTreeMap;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, tls};
use tokio::runtime::Runtime;

use super::client::Client;
use super::read::{Query, Read};
use super::scope::Place;
use super::{Error, Patience};
use crate::catalog::aws::calls;

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

/// User and password for private image registries, in Base64. Whose the credentials are is not asked: a registry may be
/// another account's.
///
/// # Errors
/// No credentials, or none that allow it, in words.
pub(crate) fn registry_token(region: &str) -> Result<String, String> {
    let place = Place {
        account: String::new(),
        region: region.to_owned(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    let config = runtime.block_on(load(&place));
    let endpoint = config.endpoint_url().map(str::to_owned);
    let source = Box::new(move || credentials(&runtime, &config));
    let client = Client::new(source, place, endpoint, Patience::default())?;
    token(&client)
}

fn token(read: &dyn Read) -> Result<String, String> {
    let query = Query {
        call: calls::token(),
        parameters: BTreeMap::new(),
    };
    let answer = read.get(&query).map_err(|error| error.to_string())?;
    answer["authorizationData"][0]["authorizationToken"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| "the answer holds no token".to_owned())
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::live::aws::ReadError;

    struct Answer(Result<Value, ReadError>);

    impl Read for Answer {
        fn get(&self, query: &Query) -> Result<Value, ReadError> {
            assert_eq!(query.call.name, "ecr:GetAuthorizationToken");
            self.0.clone()
        }
    }

    #[test]
    fn a_registrys_token_is_where_ecr_puts_it() {
        let answer =
            json!({ "authorizationData": [{ "authorizationToken": "QVdTOng=", "expiresAt": 1 }] });
        assert_eq!(token(&Answer(Ok(answer))).as_deref(), Ok("QVdTOng="));
        assert!(token(&Answer(Ok(json!({})))).is_err());
        let denied = ReadError::Denied {
            action: "ecr:GetAuthorizationToken".to_owned(),
        };
        assert!(
            token(&Answer(Err(denied)))
                .unwrap_err()
                .contains("ecr:GetAuthorizationToken")
        );
    }
}
