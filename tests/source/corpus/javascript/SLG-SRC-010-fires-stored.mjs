import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";

const table = DynamoDBDocument.from({});

export const handler = async (event) => { // fires
  const order = JSON.parse(event.body);
  await table.put({ TableName: "orders", Item: order });
  return { statusCode: 201 };
};
