/** Secrets, by ARN: fetched when asked for, kept in memory for five minutes, never logged. */

import { SecretsProvider } from "@aws-lambda-powertools/parameters/secrets";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import { CLIENT, lazy } from "./aws.js";

const SECONDS = 300;

const provider = lazy(
  () => new SecretsProvider({ awsSdkV3Client: new SecretsManagerClient(CLIENT) }),
);

/** The text of a secret. */
export async function secret(arn: string | undefined): Promise<string> {
  const found = arn === undefined ? undefined : await provider().get(arn, { maxAge: SECONDS });
  if (typeof found !== "string") {
    throw new TypeError("there is no such secret");
  }
  return found;
}
