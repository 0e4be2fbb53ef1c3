const API_KEY: &str = "q8Zr2LmX0vBn5TyK7wPd3"; // fires

fn handle() -> usize {
    API_KEY.len()
}
