import { ExecuteStatementCommand, RDSDataClient } from "@aws-sdk/client-rds-data";
import type { SQSEvent } from "aws-lambda";

const client = new RDSDataClient({});

export async function handler(event: SQSEvent): Promise<void> {
  for (const record of event.Records) {
    const note: string = record.body;
    await client.send(new ExecuteStatementCommand({ resourceArn: "a", secretArn: "b", sql: `INSERT INTO notes VALUES ('${note}')` })); // fires
  }
}
