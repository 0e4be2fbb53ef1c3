import os
import subprocess


def handler(event, context):
    subprocess.run("ls -l /tmp | wc -l", shell=True, check=True)
    return os.popen("df").read() + str(len(event))
