import shlex
import subprocess


def handler(event, context):
    word = shlex.quote(event["word"])
    subprocess.run(f"grep -c {word} words.txt", shell=True, check=True)
