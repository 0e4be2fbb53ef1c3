import { SNS } from "@aws-sdk/client-sns";

const sns = new SNS({});

export const handler = async (): Promise<void> => {
  await sns.publish({ Message: "the nightly job has run" });
};
