use std::process::Command;

use lambda_runtime::{Error, LambdaEvent};

async fn handle(event: LambdaEvent<Request>) -> Result<(), Error> {
    Command::new("file").arg("--").arg(&event.payload.file).status()?;
    Ok(())
}
