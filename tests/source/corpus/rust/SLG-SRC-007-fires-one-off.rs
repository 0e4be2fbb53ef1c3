use lambda_runtime::{Error, LambdaEvent};

async fn handle(event: LambdaEvent<Request>) -> Result<String, Error> {
    let context = tera::Context::new();
    Ok(tera::Tera::one_off(&event.payload.template, &context, true)?) // fires
}
