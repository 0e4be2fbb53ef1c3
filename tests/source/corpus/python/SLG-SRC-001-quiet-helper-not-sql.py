from concurrent.futures import ThreadPoolExecutor


def describe(name):
    return "select " + name


def handler(event, context):
    print("select one of " + event["name"])
    with ThreadPoolExecutor() as executor:
        executor.submit(describe, event["name"])
