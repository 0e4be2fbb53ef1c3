use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;

async fn handle(event: LambdaEvent<Value>) -> Result<(), Error> {
    let id = event.payload["id"].as_str().unwrap_or_default();
    sqlx::query("SELECT total FROM orders WHERE id = $1").bind(id).fetch_one(pool()).await?;
    Ok(())
}
