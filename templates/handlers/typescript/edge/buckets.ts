/** A bucket of the deployment: keys are made of a prefix of ours and a name that a schema has checked. */

import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

import { CLIENT, lazy } from "./aws.js";

const MAX_BYTES = 10 * 1024 * 1024;

const client = lazy(() => new S3Client(CLIENT));

function key(prefix: string, name: string): string {
  if (name === "" || name.includes("/") || name === "." || name === "..") {
    throw new RangeError("this is no name of an object");
  }
  return prefix + name;
}

export class Bucket {
  constructor(private readonly name: string | undefined) {}

  async get(prefix: string, name: string): Promise<Uint8Array> {
    const found = await client().send(
      new GetObjectCommand({ Bucket: this.name, Key: key(prefix, name) }),
    );
    if (found.Body === undefined || (found.ContentLength ?? Infinity) > MAX_BYTES) {
      throw new RangeError("the object is not there or too large");
    }
    return found.Body.transformToByteArray();
  }

  async put(prefix: string, name: string, content: Uint8Array): Promise<void> {
    await client().send(
      new PutObjectCommand({ Bucket: this.name, Key: key(prefix, name), Body: content }),
    );
  }
}
