use std::process::Command;

use lambda_runtime::{Error, LambdaEvent};

async fn handle(event: LambdaEvent<Request>) -> Result<(), Error> {
    let line = format!("file {}", event.payload.file);
    Command::new("sh").arg("-c").arg(line).status()?; // fires
    Ok(())
}
