import subprocess


def handler(event, context):
    subprocess.run(f"convert {event['file']} out.png", shell=True, check=True)  # fires
