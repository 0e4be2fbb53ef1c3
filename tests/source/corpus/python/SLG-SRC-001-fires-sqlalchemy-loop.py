from sqlalchemy import create_engine, text

engine = create_engine("postgresql://")


def handler(event, context):
    with engine.begin() as connection:
        for record in event["Records"]:
            body = record["body"].strip()
            connection.execute(text(f"UPDATE jobs SET done = 1 WHERE name = {body!r}"))  # fires
