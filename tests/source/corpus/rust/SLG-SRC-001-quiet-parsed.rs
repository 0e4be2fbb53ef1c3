use lambda_runtime::{Error, LambdaEvent};

async fn handle(event: LambdaEvent<Request>) -> Result<(), Error> {
    let limit: u32 = event.payload.limit.parse::<u32>()?;
    sqlx::query(&format!("SELECT * FROM orders LIMIT {limit}")).fetch_all(pool()).await?;
    Ok(())
}
