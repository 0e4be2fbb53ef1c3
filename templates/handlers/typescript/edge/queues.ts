/** A queue of the deployment; none is named by an event. */

import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";

import { CLIENT, lazy } from "./aws.js";

const client = lazy(() => new SQSClient(CLIENT));

export class Queue {
  constructor(private readonly url: string | undefined) {}

  async send(message: unknown): Promise<void> {
    await client().send(
      new SendMessageCommand({ QueueUrl: this.url, MessageBody: JSON.stringify(message) }),
    );
  }
}
