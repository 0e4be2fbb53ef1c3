use lambda_runtime::{Error, LambdaEvent};
use std::fs;

async fn handle(event: LambdaEvent<Request>) -> Result<String, Error> {
    let path = format!("/mnt/files/{}", event.payload.name);
    Ok(fs::read_to_string(&path)?) // fires
}
