use lambda_runtime::{Error, LambdaEvent};

async fn handle(event: LambdaEvent<Request>) -> Result<String, Error> {
    let answer = reqwest::get(&event.payload.url).await?; // fires
    Ok(answer.text().await?)
}
