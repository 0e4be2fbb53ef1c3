use lambda_runtime::{Error, LambdaEvent};
use std::fs::File;
use std::path::Path;

async fn handle(event: LambdaEvent<Request>) -> Result<(), Error> {
    let path = Path::new("/mnt/files").join(&event.payload.name);
    File::open(path)?; // fires
    Ok(())
}
