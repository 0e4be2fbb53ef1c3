use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;

async fn handle(event: LambdaEvent<Value>) -> Result<(), Error> {
    println!("{event:?}"); // fires
    Ok(())
}
