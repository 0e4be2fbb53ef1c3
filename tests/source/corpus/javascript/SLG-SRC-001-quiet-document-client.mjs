import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";

const table = DynamoDBDocument.from({});

export const handler = async (event) => {
  const request = { TableName: "orders", Key: { id: event.id } };
  await table.query(request);
  return table.query({ TableName: "orders", ExpressionAttributeValues: { ":id": event.id } });
};
