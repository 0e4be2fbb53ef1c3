from pathlib import Path

ROOT = Path("/mnt/files")


def handler(event, context):
    return (ROOT / event["file"]).read_text()  # fires
