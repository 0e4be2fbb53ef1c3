use lambda_runtime::{Error, LambdaEvent};
use std::path::Path;

async fn handle(event: LambdaEvent<Request>) -> Result<String, Error> {
    let name = Path::new(&event.payload.name).file_name().ok_or("name")?;
    std::fs::write("/tmp/body", &event.payload.body)?;
    Ok(std::fs::read_to_string(Path::new("/mnt/files").join(name))?)
}
