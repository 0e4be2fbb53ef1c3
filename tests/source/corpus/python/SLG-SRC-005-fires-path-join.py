import os


def handler(event, context):
    path = os.path.join("/mnt/files", event["file"])
    os.remove(path)  # fires
