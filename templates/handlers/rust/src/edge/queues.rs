//! A queue of the deployment; none is named by an event.

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use serde::Serialize;

use super::aws::said;
use super::errors::Fault;

pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    pub fn new(config: &SdkConfig, url: String) -> Self {
        Self {
            client: Client::new(config),
            url,
        }
    }

    pub async fn send(&self, message: &impl Serialize) -> Result<(), Fault> {
        let text = serde_json::to_string(message);
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_body(text.map_err(|_| Fault::Failed("this is no message"))?)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| said("SendMessage", error.code()))
    }
}
