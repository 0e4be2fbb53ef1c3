from string import Template as Plain

from jinja2 import Template


def handler(event, context):
    greeting = Template("Hello {{ name }}").render(name=event["name"])
    return greeting + Plain("Hi $name").safe_substitute(name=event["name"])
