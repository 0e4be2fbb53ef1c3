use lambda_runtime::{Error, LambdaEvent};
use std::collections::HashMap;

async fn handle(event: LambdaEvent<Request>) -> Result<String, Error> {
    let url = format!("https://api.example.com/orders/{}", event.payload.id);
    let known: HashMap<String, String> = HashMap::new();
    let _ = known.get(&event.payload.id);
    Ok(reqwest::get(&url).await?.text().await?)
}
