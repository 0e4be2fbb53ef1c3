use lambda_runtime::{Error, LambdaEvent};

async fn handle(event: LambdaEvent<Order>) -> Result<(), Error> {
    let Order { name, .. } = event.payload;
    client().execute(&format!("DELETE FROM orders WHERE name = '{name}'"), &[]).await?; // fires
    Ok(())
}
