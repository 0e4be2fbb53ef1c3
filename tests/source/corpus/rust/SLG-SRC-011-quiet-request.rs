use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;

async fn handle(event: LambdaEvent<Value>) -> Result<(), Error> {
    tracing::info!("request {}", event.context.request_id);
    println!("the event has come");
    Ok(())
}
