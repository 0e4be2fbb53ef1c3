import subprocess


def handler(event, context):
    subprocess.run(["/opt/bin/convert", "--", event["file"], "out.png"], check=True)
