//! A topic of the deployment; none is named by an event.

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::ProvideErrorMetadata;
use serde::Serialize;

use super::aws::said;
use super::errors::Fault;

pub struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    pub fn new(config: &SdkConfig, arn: String) -> Self {
        Self {
            client: Client::new(config),
            arn,
        }
    }

    pub async fn publish(&self, message: &impl Serialize) -> Result<(), Fault> {
        let text = serde_json::to_string(message);
        self.client
            .publish()
            .topic_arn(&self.arn)
            .message(text.map_err(|_| Fault::Failed("this is no message"))?)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| said("Publish", error.code()))
    }
}
