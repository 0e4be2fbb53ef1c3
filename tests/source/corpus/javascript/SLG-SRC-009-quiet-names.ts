const SECRET_ID = "orders/db";
const tokenUrl = "https://login.example.com/oauth2/token";
const password = process.env.DB_PASSWORD ?? "";
const labels = { password: "Password", token: "Your token", secret: "orders/db-2" };

export const handler = async () => [SECRET_ID, tokenUrl, password, labels];
