import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import Ajv from "ajv";
import schema from "./order.json" with { type: "json" };

const table = DynamoDBDocument.from({});
const validate = new Ajv().compile(schema);

export const handler = async (event) => {
  const order = JSON.parse(event.body);
  if (!validate(order)) {
    return { statusCode: 400 };
  }
  await table.put({ TableName: "orders", Item: order });
  return { statusCode: 201 };
};
