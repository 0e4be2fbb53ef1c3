import subprocess as sp


def handler(event, context):
    sp.check_output(["sh", "-c", "grep " + event["word"] + " words.txt"])  # fires
