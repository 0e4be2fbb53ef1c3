/** DynamoDB, with every name and value as a parameter of its expression. */

import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";

import { CLIENT, lazy } from "./aws.js";
import { NotFound } from "./errors.js";

const OWNER = "owner_sub";
const PAGE = 100;

type Item = Record<string, unknown>;

const client = lazy(() => DynamoDBDocumentClient.from(new DynamoDBClient(CLIENT)));

function checked(error: unknown): unknown {
  return error instanceof ConditionalCheckFailedException ? new NotFound() : error;
}

/** A table that only the service itself reads and writes. */
export class Table {
  constructor(
    protected readonly name: string | undefined,
    protected readonly partition: string,
  ) {}

  async get(key: Item): Promise<Item> {
    const found = await client().send(
      new GetCommand({ TableName: this.name, Key: key, ConsistentRead: true }),
    );
    if (found.Item === undefined) {
      throw new NotFound();
    }
    return found.Item;
  }

  /** Writes an item; once more changes nothing. */
  async put(item: Item): Promise<void> {
    await client().send(new PutCommand({ TableName: this.name, Item: item }));
  }

  /** One page of the items under a partition key. */
  async query(partition: string, value: unknown, index?: string): Promise<Item[]> {
    const found = await client().send(
      new QueryCommand({
        TableName: this.name,
        IndexName: index,
        KeyConditionExpression: "#partition = :value",
        ExpressionAttributeNames: { "#partition": partition },
        ExpressionAttributeValues: { ":value": value },
        Limit: PAGE,
      }),
    );
    return found.Items ?? [];
  }
}

/** A table whose items belong to a caller: only the owner reads, changes or removes one. */
export class OwnedTable extends Table {
  async getOwned(key: Item, caller: string): Promise<Item> {
    const { [OWNER]: owner, ...item } = await this.get(key);
    if (owner !== caller) {
      throw new NotFound();
    }
    return item;
  }

  /** Writes an item that is new or the caller's own. */
  async putOwned(item: Item, caller: string): Promise<void> {
    try {
      await client().send(
        new PutCommand({
          TableName: this.name,
          Item: { ...item, [OWNER]: caller },
          ConditionExpression: "attribute_not_exists(#key) OR #owner = :caller",
          ExpressionAttributeNames: { "#key": this.partition, "#owner": OWNER },
          ExpressionAttributeValues: { ":caller": caller },
        }),
      );
    } catch (error) {
      throw checked(error);
    }
  }

  async deleteOwned(key: Item, caller: string): Promise<void> {
    try {
      await client().send(
        new DeleteCommand({
          TableName: this.name,
          Key: key,
          ConditionExpression: "#owner = :caller",
          ExpressionAttributeNames: { "#owner": OWNER },
          ExpressionAttributeValues: { ":caller": caller },
        }),
      );
    } catch (error) {
      throw checked(error);
    }
  }

  async queryOwned(
    partition: string,
    value: unknown,
    caller: string,
    index?: string,
  ): Promise<Item[]> {
    const items = await this.query(partition, value, index);
    return items.flatMap(({ [OWNER]: owner, ...item }) => (owner === caller ? [item] : []));
  }
}
