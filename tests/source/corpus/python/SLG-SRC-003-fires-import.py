import importlib


def handler(event, context):
    module = importlib.import_module("plugins." + event["plugin"])  # fires
    return module.run()
