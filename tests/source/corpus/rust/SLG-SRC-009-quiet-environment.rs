const SECRET_NAME: &str = "orders/db";

fn handle() -> Option<String> {
    let password = std::env::var("DB_PASSWORD").ok()?;
    Some(password + SECRET_NAME)
}
