use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;

async fn handle(event: LambdaEvent<Value>) -> Result<(), Error> {
    let id = event.payload["id"].as_str().unwrap_or_default();
    let query = format!("SELECT total FROM orders WHERE id = '{}'", id);
    sqlx::query(&query).fetch_one(pool()).await?; // fires
    Ok(())
}
