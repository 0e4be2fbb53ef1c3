use lambda_runtime::{Error, LambdaEvent};

async fn handle(event: LambdaEvent<Request>) -> Result<(), Error> {
    std::process::Command::new(&event.payload.program).status()?; // fires
    Ok(())
}
