use lambda_runtime::{Error, LambdaEvent};

async fn handle(event: LambdaEvent<Request>) -> Result<String, Error> {
    let mut context = tera::Context::new();
    context.insert("name", &event.payload.name);
    Ok(tera::Tera::one_off("Hello {{ name }}", &context, true)?)
}
