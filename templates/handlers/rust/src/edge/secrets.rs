//! Secrets, by ARN: fetched when asked for, kept in memory for five minutes, never logged.

use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use tokio::sync::Mutex;

use super::aws::said;
use super::errors::Fault;

const KEPT: Duration = Duration::from_secs(300);

pub struct Secret {
    client: Client,
    arn: String,
    kept: Mutex<Option<(Instant, String)>>,
}

impl Secret {
    pub fn new(config: &SdkConfig, arn: String) -> Self {
        Self {
            client: Client::new(config),
            arn,
            kept: Mutex::new(None),
        }
    }

    pub async fn text(&self) -> Result<String, Fault> {
        let mut kept = self.kept.lock().await;
        if let Some((since, text)) = &*kept
            && since.elapsed() < KEPT
        {
            return Ok(text.clone());
        }
        let found = self
            .client
            .get_secret_value()
            .secret_id(&self.arn)
            .send()
            .await
            .map_err(|error| said("GetSecretValue", error.code()))?;
        let text = found.secret_string;
        let text = text.ok_or(Fault::Failed("the secret is no text"))?;
        *kept = Some((Instant::now(), text.clone()));
        Ok(text)
    }
}
