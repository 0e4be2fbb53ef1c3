//! How clients of AWS are set up: they give up before the function does.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::{Builder, tls};

use super::errors::Fault;

/// By the environment that Lambda sets.
pub async fn config() -> SdkConfig {
    let client = Builder::new()
        .tls_provider(tls::Provider::Rustls(
            tls::rustls_provider::CryptoMode::Ring,
        ))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .read_timeout(Duration::from_secs(5))
        .build();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(client)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(2))
        .load()
        .await
}

/// A variable that the deployment sets; without it nothing can work. In tests each holds its own name.
pub fn setting(variable: &'static str) -> Result<String, Fault> {
    if cfg!(test) {
        return Ok(variable.to_owned());
    }
    std::env::var(variable).map_err(|_| Fault::Setting(variable))
}

/// What AWS answered instead, by its code alone.
pub fn said(operation: &'static str, code: Option<&str>) -> Fault {
    Fault::Aws {
        operation,
        code: code.unwrap_or("no answer").to_owned(),
    }
}
