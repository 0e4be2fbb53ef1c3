/** A topic of the deployment; none is named by an event. */

import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";

import { CLIENT, lazy } from "./aws.js";

const client = lazy(() => new SNSClient(CLIENT));

export class Topic {
  constructor(private readonly arn: string | undefined) {}

  async publish(message: unknown): Promise<void> {
    await client().send(
      new PublishCommand({ TopicArn: this.arn, Message: JSON.stringify(message) }),
    );
  }
}
