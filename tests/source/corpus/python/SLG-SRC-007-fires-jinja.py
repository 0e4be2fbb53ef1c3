from jinja2 import Template


def handler(event, context):
    return Template("Hello " + event["name"]).render()  # fires
