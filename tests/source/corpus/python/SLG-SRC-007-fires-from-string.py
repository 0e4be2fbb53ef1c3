import jinja2

environment = jinja2.Environment(autoescape=True)


def handler(event, context):
    return environment.from_string(event["template"]).render()  # fires
