from pathlib import Path

ROOT = Path("/mnt/files").resolve()


def handler(event, context):
    path = (ROOT / event["file"]).resolve()
    if not path.is_relative_to(ROOT):
        raise ValueError("file")
    return path.read_text()
