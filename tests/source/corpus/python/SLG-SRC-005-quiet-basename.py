import os


def handler(event, context):
    name = os.path.basename(event["file"])
    with open(os.path.join("/mnt/files", name)) as file:
        return file.read()
