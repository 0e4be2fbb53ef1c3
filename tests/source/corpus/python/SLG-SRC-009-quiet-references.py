import os

DB_SECRET = os.environ["DB_SECRET_ARN"]
SECRET_NAME = "orders/db"
TOKEN_URL = "https://login.example.com/oauth2/token"
PASSWORD_FIELD = "password"
API_KEY = ""
TOKEN = "<token>"


def handler(event, context):
    password = os.environ.get("DB_PASSWORD", "")
    return {"password": password, "token": "X-Token", "secret": f"{SECRET_NAME}-1"}
